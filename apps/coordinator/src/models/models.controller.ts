import type { CoordinatorDatabase, ModelLock } from '@cohortium/persistence';
import { Controller, Get, Header, Inject, Param, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { coordinatorErrors } from '../errors.js';
import { AnswersWith } from '../openapi.js';
import { RunsService } from '../runs/runs.service.js';
import { DATABASE } from '../tokens.js';

/** The locked model of a run. */
@ApiTags('models')
@Controller('api/runs')
export class ModelsController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(RunsService) private readonly runs: RunsService,
  ) {}

  @Get(':run/model')
  @AnswersWith('application/json', 'The locked model as canonical JSON; its SHA-256 is the lock')
  @Header('content-type', 'application/json; charset=utf-8')
  async model(@Param('run') run: string): Promise<StreamableFile> {
    return new StreamableFile(Buffer.from((await this.lock(run)).modelJson, 'utf8'));
  }

  @Get(':run/model.onnx')
  @AnswersWith('application/octet-stream', 'The locked model as ONNX')
  async onnx(@Param('run') run: string): Promise<StreamableFile> {
    const { onnx } = await this.lock(run);
    return new StreamableFile(onnx, { disposition: `attachment; filename="${run}.onnx"` });
  }

  private async lock(run: string): Promise<ModelLock> {
    await this.runs.find(run);
    const lock = await this.database.runs.modelLock(run);
    if (lock === undefined) throw coordinatorErrors.error('RUN.NO_MODEL', { run });
    return lock;
  }
}
