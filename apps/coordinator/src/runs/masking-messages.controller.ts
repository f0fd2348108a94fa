import type { MaskingReplyMessage } from '@cohortium/contracts';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import { MessageContext } from '@cohortium/transport';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { Log } from '../log.js';
import { transcriptLine } from '../received.js';
import type { Received } from '../received.js';
import { Signals, maskingTopic } from '../signals.js';
import { DATABASE, LOG } from '../tokens.js';
import { legOf } from './run-masking.js';
import { StreamKeeper } from './stream-keeper.js';

/** Replies of sites to legs of secure aggregation: kept first, then whoever waits is woken. What they say is checked where it is used. */
@Controller()
export class MaskingMessagesController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(StreamKeeper) private readonly streams: StreamKeeper,
    @Inject(Signals) private readonly signals: Signals,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @EventPattern<string>('maskingReply')
  async reply(@Payload() message: Received<MaskingReplyMessage>, @Ctx() context: MessageContext): Promise<void> {
    const { header, frame } = message;
    const { run, site, study } = header;
    this.streams.note(study, frame.length);
    const key = legOf(header);
    const kept = await this.database.masking.keepReply(key, site, header.said, new Date());
    if (!kept) this.log.info({ event: 'masking.changed_nothing', run, site, leg: key.leg });
    await this.database.transcript.record(transcriptLine(message, context));
    this.signals.wake(maskingTopic(run));
  }
}
