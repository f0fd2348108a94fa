import type { HeartbeatMessage, UpMessage } from '@cohortium/contracts';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import { MessageContext } from '@cohortium/transport';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { Log } from '../log.js';
import { OutboxRelay } from '../outbox-relay.js';
import { transcriptLine } from '../received.js';
import type { Received } from '../received.js';
import { protocolOffers } from '../studies/protocol-offers.js';
import { readSubmitted } from '../studies/submitted-protocol.js';
import { DATABASE, LOG } from '../tokens.js';
import { PresenceBoard } from './presence.js';

type HelloMessage = Extract<UpMessage, { type: 'hello' }>;

/** An offer younger than this may still be on its way. */
const offerAgainAfterMs = 60_000;

/** What sites say about themselves. */
@Controller()
export class SiteMessagesController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(PresenceBoard) private readonly presence: PresenceBoard,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** A site presents itself, and is offered again what it should have answered long ago: the broker keeps offers for some days only. */
  @EventPattern<string>('hello')
  async hello(@Payload() message: Received<HelloMessage>, @Ctx() context: MessageContext): Promise<void> {
    const { site, nkey, release, operations } = message.header;
    const line = transcriptLine(message, context);
    await this.database.transcript.record(line);
    const known = await this.database.sites.hello(site, nkey, release, operations, line.receivedAt);
    this.log[known ? 'info' : 'warn']({ event: known ? 'site.hello' : 'site.unknown_key', site, release });
    if (!known) return;
    const attempt = `hello.${line.streamSequence}`;
    for (const stored of await this.database.studies.unanswered(site)) {
      const submitted = readSubmitted(stored);
      const overdue = line.receivedAt.getTime() - stored.submittedAt.getTime() > offerAgainAfterMs;
      if (overdue && submitted.sites.some((named) => named === site)) this.relay.offer(protocolOffers(submitted, [site], attempt));
    }
  }

  @EventPattern<string>('heartbeat')
  heartbeat(@Payload() message: { readonly header: HeartbeatMessage; readonly frame: Uint8Array }): void {
    this.presence.beat(message.header, message.frame.length, Date.now());
  }
}
