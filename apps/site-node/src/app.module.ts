import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Computer } from './compute/computer.js';
import { ExchangeController } from './exchange/exchange.controller.js';
import { PartStore } from './exchange/part-store.js';
import { Tasks } from './exchange/tasks.js';
import type { SiteLog } from './log.js';
import { MaskingDesk } from './masking/desk.js';
import { Review } from './review/review.js';
import { siteLog } from './tokens.js';

/** What the handlers of messages work with, made in order by `startSiteNode`. */
export interface SiteServices {
  readonly review: Review;
  readonly tasks: Tasks;
  readonly desk: MaskingDesk;
  readonly parts: PartStore;
  readonly computer: Computer;
  readonly log: SiteLog;
}

/** The Nest module of a site node: handlers of messages over services that exist already. */
@Module({})
export class AppModule {
  static with(services: SiteServices): DynamicModule {
    return {
      module: AppModule,
      controllers: [ExchangeController],
      providers: [
        { provide: Review, useValue: services.review },
        { provide: Tasks, useValue: services.tasks },
        { provide: MaskingDesk, useValue: services.desk },
        { provide: PartStore, useValue: services.parts },
        { provide: Computer, useValue: services.computer },
        { provide: siteLog, useValue: services.log },
      ],
    };
  }
}
