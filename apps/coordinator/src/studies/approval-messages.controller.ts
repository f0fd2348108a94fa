import type { ApprovalMessage } from '@cohortium/contracts';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import { MessageContext } from '@cohortium/transport';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { Log } from '../log.js';
import { transcriptLine } from '../received.js';
import type { Received } from '../received.js';
import { approvalTopic, Signals } from '../signals.js';
import { DATABASE, LOG } from '../tokens.js';

/** What sites say about protocols. */
@Controller()
export class ApprovalMessagesController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(Signals) private readonly signals: Signals,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @EventPattern<string>('approval')
  async approval(@Payload() message: Received<ApprovalMessage>, @Ctx() context: MessageContext): Promise<void> {
    const { site, protocolHash, decision, reason } = message.header;
    const line = transcriptLine(message, context);
    await this.database.transcript.record(line);
    const known = await this.database.studies.decide({ protocolHash, site, decision, reason, decidedAt: line.receivedAt });
    this.log.info({ event: known ? 'study.decided' : 'study.decision_ignored', site, protocolHash, decision, reason });
    this.signals.wake(approvalTopic(protocolHash));
  }
}
