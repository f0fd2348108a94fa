import { PayloadAssembler } from '@cohortium/contracts';
import type { AnswerMessage, ChunkMessage } from '@cohortium/contracts';
import { AppError, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import type { ArrivedAnswer, CoordinatorDatabase } from '@cohortium/persistence';
import { MessageContext } from '@cohortium/transport';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { coordinatorErrors } from '../errors.js';
import { errorFields } from '../log.js';
import type { Log } from '../log.js';
import { transcriptLine } from '../received.js';
import type { Received } from '../received.js';
import { runTopic, Signals, waitFor } from '../signals.js';
import { DATABASE, LOG } from '../tokens.js';
import { AnswerInbox } from './answer-inbox.js';
import { RoundBoard } from './round-board.js';
import { StreamKeeper } from './stream-keeper.js';

/** Pieces of large answers that one site may have in memory here. */
const maxHeldBytes = 256 * 1024 ** 2;
/** How long an answer waits for pieces that are being handled beside it. */
const piecesMs = 2000;
const piecesTopic = (site: string): string => `pieces ${site}`;

/**
 * What sites answer. A message is acknowledged when what it says is stored; only then is the waiting program woken. Whatever
 * arrives twice, late or out of order finds the first answer in its place and changes nothing.
 */
@Controller()
export class AnswerMessagesController {
  private readonly assemblers = new Map<string, PayloadAssembler>();

  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(AnswerInbox) private readonly inbox: AnswerInbox,
    @Inject(RoundBoard) private readonly board: RoundBoard,
    @Inject(StreamKeeper) private readonly streams: StreamKeeper,
    @Inject(Signals) private readonly signals: Signals,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Pieces live in memory only: when this process dies before the answer, the site is asked again and sends all of them again. */
  @EventPattern<string>('chunk')
  async chunk(@Payload() message: Received<ChunkMessage>, @Ctx() context: MessageContext): Promise<void> {
    const { header, body, frame } = message;
    this.streams.note(header.study, frame.length);
    try {
      this.assembler(header.site).add(header, body);
      this.signals.wake(piecesTopic(header.site));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.warn({ event: 'answer.bad_chunk', site: header.site, ...errorFields(error) });
    }
    await this.database.transcript.record(transcriptLine(message, context));
  }

  @EventPattern<string>('answer')
  async answer(@Payload() message: Received<AnswerMessage>, @Ctx() context: MessageContext): Promise<void> {
    const { header, frame } = message;
    const { site, run, round, state } = header;
    this.streams.note(header.study, frame.length);
    const line = { ...transcriptLine(message, context), run, round, operation: header.operation };
    const content = await this.content(message);
    if (content === undefined) {
      await this.database.transcript.record(line);
      this.log.warn({ event: 'answer.incomplete', site, run, round });
      return;
    }
    const open = this.board.find(run, round);
    if (open !== undefined && state === 'released' && header.prevRoundHash !== open.prevRoundHash) {
      // It was told other totals than this run goes on from: nothing of it may join the sum.
      await this.database.transcript.record(line);
      this.log.error({ event: 'answer.other_totals', site, run, round });
      open.fail(coordinatorErrors.error('RUN.OTHER_TOTALS', { site, round }));
      return;
    }
    const { requestHash, kind, reason, clauseId } = header;
    const contentSha256 = state === 'released' ? header.payload.sha256 : sha256(`withheld: ${reason ?? ''}`);
    const outcome = await this.inbox.accept({
      message: line,
      requestHash,
      kind,
      state,
      reason,
      clauseId,
      contentSha256,
      content,
    } satisfies ArrivedAnswer);
    this.assembler(site).drop(header.payload.sha256);
    if (outcome.state === 'stored' || outcome.state === 'duplicate') {
      // Also a duplicate: it may be the repetition of an answer whose storing was not confirmed to this process.
      const answer =
        content === null ? { state: 'withheld' as const, reason: reason ?? 'unknown' } : { state: 'released' as const, bytes: content };
      this.board.find(run, round)?.put(site as SiteId, answer);
      this.signals.wake(runTopic(run));
    }
    if (outcome.state === 'stored') return;
    const level = outcome.state === 'contradicts' ? 'error' : 'info';
    this.log[level]({ event: 'answer.changed_nothing', outcome: outcome.state, site, run, round });
    if (outcome.state === 'contradicts' && outcome.whileOpen)
      this.board.find(run, round)?.fail(coordinatorErrors.error('RUN.EQUIVOCATION', { site, round }));
  }

  /** Released content; null when it was withheld; undefined when pieces are missing. Messages are handled beside each other: the last pieces may be a moment behind. */
  private async content({ header, body }: Received<AnswerMessage>): Promise<Uint8Array | null | undefined> {
    if (header.state === 'withheld') return null;
    if (header.payload.chunks === 0) return body;
    const assembler = this.assembler(header.site);
    try {
      for (const deadlineMs = Date.now() + piecesMs; ;) {
        const ticket = this.signals.ticket(piecesTopic(header.site));
        const content = assembler.peek(header.payload);
        const leftMs = deadlineMs - Date.now();
        if (content !== undefined || leftMs <= 0) return content;
        await waitFor(ticket, leftMs);
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.warn({ event: 'answer.bad_content', site: header.site, ...errorFields(error) });
      return undefined;
    }
  }

  private assembler(site: string): PayloadAssembler {
    let assembler = this.assemblers.get(site);
    if (assembler === undefined) this.assemblers.set(site, (assembler = new PayloadAssembler(maxHeldBytes)));
    return assembler;
  }
}
