import { resultsSchema } from '@cohortium/analysis';
import type { Results } from '@cohortium/analysis';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import { Controller, Get, Header, Inject, Param, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { coordinatorErrors } from '../errors.js';
import { Answers, AnswersWith } from '../openapi.js';
import { RunsService } from '../runs/runs.service.js';
import { PresenceBoard } from '../sites/presence.js';
import { readSubmitted } from '../studies/submitted-protocol.js';
import { DATABASE } from '../tokens.js';
import { transcript } from './transcript.schema.js';
import type { Transcript } from './transcript.schema.js';

const results = resultsSchema.meta({ id: 'Results' });

/** What a run brought: results, report, and what left the sites for it. */
@ApiTags('reports')
@Controller('api/runs')
export class ReportsController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(RunsService) private readonly runs: RunsService,
    @Inject(PresenceBoard) private readonly presence: PresenceBoard,
  ) {}

  @Get(':run/results')
  @Answers(200, 'results.json as canonical JSON (RFC 8785)', results)
  @Header('content-type', 'application/json; charset=utf-8')
  async results(@Param('run') run: string): Promise<StreamableFile> {
    return new StreamableFile(Buffer.from(await this.resultsJson(run), 'utf8'));
  }

  @Get(':run/report')
  @AnswersWith('text/html', 'The report, self-contained')
  @Header('content-type', 'text/html; charset=utf-8')
  async report(@Param('run') run: string): Promise<string> {
    // Loaded when it is first wanted: its charts are a good part of the start of the process.
    const { renderReport } = await import('@cohortium/reporting');
    return renderReport(JSON.parse(await this.resultsJson(run)) as Results);
  }

  @Get(':run/transcript')
  @Answers(200, 'Every message that arrived from a site for this run, without content', transcript)
  async transcript(@Param('run') id: string): Promise<Transcript> {
    const run = await this.runs.find(id);
    const stored = await this.database.studies.byHash(run.protocolHash);
    const sites = stored === undefined ? [] : readSubmitted(stored).sites;
    const messages = await this.database.transcript.ofRun(id);
    return {
      run: id,
      sites: [...(await this.database.transcript.traffic(id))],
      messages: messages.map(({ site, type, round, operation, byteCount, sha256, payloadSha256, receivedAt }) => {
        const kind = type as Transcript['messages'][number]['type'];
        return { site, type: kind, round, operation, bytes: byteCount, sha256, payloadSha256, receivedAt: receivedAt.toISOString() };
      }),
      heartbeats: sites.flatMap((site) => {
        const seen = this.presence.of(site);
        return seen === undefined ? [] : [{ site, messages: seen.messages, bytes: seen.bytes }];
      }),
    };
  }

  private async resultsJson(id: string): Promise<string> {
    const run = await this.runs.find(id);
    const text = await this.database.runs.resultsJson(id);
    if (text === undefined) throw coordinatorErrors.error('RUN.NOT_FINISHED', { run: id, state: run.state });
    return text;
  }
}
