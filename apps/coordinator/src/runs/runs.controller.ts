import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../openapi.js';
import { runRef, runView } from './run.schema.js';
import type { RunRef, RunView } from './run.schema.js';
import { RunsService } from './runs.service.js';

/** Runs over HTTP. */
@ApiTags('runs')
@Controller('api')
export class RunsController {
  constructor(@Inject(RunsService) private readonly runs: RunsService) {}

  @Post('studies/:study/runs')
  @HttpCode(201)
  @Answers(201, 'A new run of the protocol submitted last; it waits for the approvals of all sites', runRef)
  create(@Param('study') study: string): Promise<RunRef> {
    return this.runs.create(study);
  }

  @Get('studies/:study/runs')
  @Answers(200, 'Runs of a study, newest first', [runView])
  ofStudy(@Param('study') study: string): Promise<readonly RunView[]> {
    return this.runs.ofStudy(study);
  }

  @Get('runs/:run')
  @Answers(200, 'Where the run stands, and which sites are awaited', runView)
  view(@Param('run') run: string): Promise<RunView> {
    return this.runs.view(run);
  }
}
