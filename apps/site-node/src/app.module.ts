import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Computer } from './compute/computer.js';
import { ExchangeController } from './exchange/exchange.controller.js';
import { PartStore } from './exchange/part-store.js';
import { Tasks } from './exchange/tasks.js';
import { WitnessDesk } from './ledger/witness-desk.js';
import type { SiteLog } from './log.js';
import { MaskingDesk } from './masking/desk.js';
import { Review } from './review/review.js';
import type { Provenance } from './provenance/provenance.port.js';
import { provenance, siteLog } from './tokens.js';

/** What the handlers of messages work with, made in order by `startSiteNode`. */
export interface SiteServices {
  readonly review: Review;
  readonly tasks: Tasks;
  readonly desk: MaskingDesk;
  readonly parts: PartStore;
  readonly computer: Computer;
  readonly witness: WitnessDesk;
  readonly provenance: Provenance;
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
        { provide: WitnessDesk, useValue: services.witness },
        { provide: provenance, useValue: services.provenance },
        { provide: siteLog, useValue: services.log },
      ],
    };
  }
}
