import type { CoordinatorDatabase, RunEvent } from '@cohortium/persistence';
import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { errorFields } from '../log.js';
import type { Log } from '../log.js';
import { AnswersWith } from '../openapi.js';
import { runTopic, Signals, waitFor } from '../signals.js';
import { DATABASE, LOG } from '../tokens.js';
import { RunsService } from './runs.service.js';

/** How often the events are looked up even when nothing woke the stream, and a comment keeps the connection alive. */
const idleMs = 5000;
/** Events of this long are read together, so that a watched round is not slower than another. */
const gatherMs = 25;
const pageSize = 1000;
const never = new Promise<void>(() => undefined);
const last = new Set<RunEvent['type']>(['finished', 'aborted']);

/** Progress of a run as server-sent events (HTML Living Standard, section 9.2). */
@ApiTags('runs')
@Controller('api/runs')
export class RunEventsController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(RunsService) private readonly runs: RunsService,
    @Inject(Signals) private readonly signals: Signals,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Resumes after the event named by `Last-Event-ID`. The stream ends with the run; asking on after its last event answers 204. */
  @Get(':run/events')
  @AnswersWith('text/event-stream', 'Events from the first, or after Last-Event-ID; ends with the run')
  async events(@Param('run') run: string, @Headers('last-event-id') lastId: string | undefined, @Res() response: Response): Promise<void> {
    const { state, eventCount } = await this.runs.find(run);
    const after = /^\d{1,9}$/.test(lastId ?? '') ? Number(lastId) : 0;
    if ((state === 'finished' || state === 'aborted') && after >= eventCount) {
      response.status(204).end();
      return;
    }
    response
      .status(200)
      .set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      .flushHeaders();
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      await this.stream(run, after, response, gone.signal);
    } catch (error) {
      // The reader comes back with the last id it has seen.
      this.log.warn({ event: 'http.events_broken', run, ...errorFields(error) });
    } finally {
      response.end();
    }
  }

  private async stream(run: string, after: number, response: Response, gone: AbortSignal): Promise<void> {
    while (!gone.aborted) {
      const ticket = this.signals.ticket(runTopic(run));
      const events = await this.database.runs.events(run, after, pageSize);
      for (const event of events) response.write(format(event));
      const newest = events.at(-1);
      if (newest !== undefined) after = newest.seq;
      if (events.some((event) => last.has(event.type))) return;
      if (events.length === pageSize) continue;
      await waitFor(ticket, idleMs, gone);
      await waitFor(never, gatherMs, gone);
      if (newest === undefined && !gone.aborted) response.write(':\n\n');
    }
  }
}

function format({ seq, at, type, data }: RunEvent): string {
  return `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ type, at: at.toISOString(), ...data })}\n\n`;
}
