import type { WitnessedMessage } from '@cohortium/contracts';
import { isAppError } from '@cohortium/kernel';
import { verifyBundle } from '@cohortium/ledger';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import { MessageContext } from '@cohortium/transport';
import { Controller, Get, Header, Inject, Param, Query, StreamableFile } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { ApiTags } from '@nestjs/swagger';
import { errorFields } from '../log.js';
import type { Log } from '../log.js';
import { AnswersWith } from '../openapi.js';
import { transcriptLine } from '../received.js';
import type { Received } from '../received.js';
import { waitFor } from '../signals.js';
import { StudiesService } from '../studies/studies.service.js';
import { readSubmitted } from '../studies/submitted-protocol.js';
import { DATABASE, LOG } from '../tokens.js';
import { Notary } from './notary.js';
import { writeBundle } from './write-bundle.js';

/** How long a bundle waits for sites to tell what is lacking in their logs. */
const patienceMs = 20_000;
const lookEveryMs = 500;

/** The ledger over HTTP, and what sites say about it. */
@ApiTags('ledger')
@Controller('api/studies')
export class LedgerController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(StudiesService) private readonly studies: StudiesService,
    @Inject(Notary) private readonly notary: Notary,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @EventPattern<string>('witnessed')
  async witnessed(@Payload() message: Received<WitnessedMessage>, @Ctx() context: MessageContext): Promise<void> {
    const { study, site } = message.header;
    await this.database.transcript.record(transcriptLine(message, context));
    const stored = await this.database.studies.latest(study);
    if (stored === undefined) return;
    try {
      await this.notary.received(message.header, readSubmitted(stored).sites);
    } catch (error) {
      // What a site says of its log may be malformed in ways that only reading shows; it is refused, not repeated.
      if (!isAppError(error) || !error.code.startsWith('LEDGER.')) throw error;
      this.log.error({ event: 'ledger.refused', study, site, ...errorFields(error) });
    }
  }

  /**
   * The bundle as it stands. Sites are asked for the newest state of their logs first; what does not come in time is missing from the
   * bundle, and whoever verifies it is told so.
   */
  @Get(':study/bundle')
  @AnswersWith('application/json', 'The study bundle, which `cohortium verify` checks offline; `?full=true` with what left')
  @Header('content-type', 'application/json; charset=utf-8')
  async bundle(@Param('study') study: string, @Query('full') full?: string): Promise<StreamableFile> {
    const { sites } = readSubmitted(await this.studies.latest(study));
    const source = { database: this.database, signer: this.notary.signer, study, sites, full: full === 'true' };
    const deadlineMs = Date.now() + patienceMs;
    await this.notary.nudge({ study, sites });
    for (;;) {
      const text = await writeBundle(source);
      const { findings, logs } = verifyBundle(text);
      const isWitnessed = logs.every(({ witnessedBy, witnesses }) => 2 * witnessedBy > witnesses);
      if ((findings.length === 0 && isWitnessed) || Date.now() >= deadlineMs) return new StreamableFile(Buffer.from(text, 'utf8'));
      await waitFor(new Promise(() => undefined), lookEveryMs);
      await this.notary.nudge({ study, sites });
    }
  }
}
