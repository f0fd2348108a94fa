import type { Signer } from '@cohortium/kernel';
import type { StudyProgram } from '@cohortium/analysis';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import type { RosterKeys } from '@cohortium/privacy';
import type { BrokerLink } from '@cohortium/transport';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from './config.js';
import { HealthController } from './health.controller.js';
import { LedgerController } from './ledger/ledger.controller.js';
import { Notary } from './ledger/notary.js';
import type { Log } from './log.js';
import { ModelsController } from './models/models.controller.js';
import { OpenApiController } from './openapi.controller.js';
import { OutboxRelay } from './outbox-relay.js';
import { ReportsController } from './reports/reports.controller.js';
import { AnswerInbox } from './runs/answer-inbox.js';
import { AnswerMessagesController } from './runs/answer-messages.controller.js';
import { MaskingMessagesController } from './runs/masking-messages.controller.js';
import { RoundBoard } from './runs/round-board.js';
import { RunEventsController } from './runs/run-events.controller.js';
import type { ExchangeParts } from './runs/run-exchange.js';
import { ENGINE, RunSupervisor } from './runs/run-supervisor.js';
import { RunsController } from './runs/runs.controller.js';
import { RunsService } from './runs/runs.service.js';
import { StreamKeeper } from './runs/stream-keeper.js';
import { Signals } from './signals.js';
import { PresenceBoard } from './sites/presence.js';
import { SiteMessagesController } from './sites/site-messages.controller.js';
import { SitesController } from './sites/sites.controller.js';
import { SitesService } from './sites/sites.service.js';
import { ApprovalMessagesController } from './studies/approval-messages.controller.js';
import { StudiesController } from './studies/studies.controller.js';
import { StudiesService } from './studies/studies.service.js';
import { DATABASE, LINK, LOG, PROGRAM } from './tokens.js';

/** What exists before Nest: opened by the start of the process, closed by its end. */
export interface Surroundings {
  readonly config: Pick<Config, 'reissueMs'>;
  readonly database: CoordinatorDatabase;
  readonly link: BrokerLink;
  readonly log: Log;
  readonly program: StudyProgram;
  /** Signs the coordinator's logs. */
  readonly signer: Signer;
  /** Keys of the sites by the signed roster of this moment; undefined: no sum can be masked. */
  readonly roster: () => Promise<RosterKeys | undefined>;
}

/** The coordinator: HTTP controllers for people, message controllers for sites, and the engine between them. */
@Module({})
export class AppModule {
  static around({ config, database, link, log, program, signer, roster }: Surroundings): DynamicModule {
    const relay = new OutboxRelay(link, database, log);
    const signals = new Signals();
    const board = new RoundBoard();
    const presence = new PresenceBoard();
    const streams = new StreamKeeper(link, log);
    const { reissueMs } = config;
    const notary = new Notary({ database, relay, signals, log, signer, roster, reissueMs });
    const engine: ExchangeParts = { database, relay, board, presence, signals, streams, notary, log, reissueMs, roster };
    return {
      module: AppModule,
      controllers: [
        HealthController,
        OpenApiController,
        SitesController,
        SiteMessagesController,
        StudiesController,
        ApprovalMessagesController,
        RunsController,
        RunEventsController,
        AnswerMessagesController,
        MaskingMessagesController,
        ModelsController,
        ReportsController,
        LedgerController,
      ],
      providers: [
        { provide: DATABASE, useValue: database },
        { provide: LINK, useValue: link },
        { provide: LOG, useValue: log },
        { provide: PROGRAM, useValue: program },
        { provide: ENGINE, useValue: engine },
        { provide: OutboxRelay, useValue: relay },
        { provide: AnswerInbox, useValue: new AnswerInbox(database) },
        { provide: Signals, useValue: signals },
        { provide: RoundBoard, useValue: board },
        { provide: PresenceBoard, useValue: presence },
        { provide: StreamKeeper, useValue: streams },
        { provide: Notary, useValue: notary },
        SitesService,
        StudiesService,
        RunsService,
        RunSupervisor,
      ],
    };
  }
}
