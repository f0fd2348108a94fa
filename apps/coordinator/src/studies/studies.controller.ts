import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Takes } from '../openapi.js';
import { ZodPipe } from '../zod.pipe.js';
import { newStudy, protocolComponent, studyDetail, studyRef, studySummary } from './study.schema.js';
import type { NewStudy, StudyDetail, StudyRef, StudySummary } from './study.schema.js';
import { StudiesService } from './studies.service.js';

/** Studies over HTTP. */
@ApiTags('studies')
@Controller('api/studies')
export class StudiesController {
  constructor(@Inject(StudiesService) private readonly studies: StudiesService) {}

  @Post()
  @HttpCode(200)
  @Takes(newStudy, protocolComponent)
  @Answers(200, 'The submitted protocol; submitting the same one again is harmless', studyRef)
  submit(@Body(new ZodPipe(newStudy)) body: NewStudy): Promise<StudyRef> {
    return this.studies.submit(body.protocol);
  }

  @Get()
  @Answers(200, 'All submitted protocols, oldest first', [studySummary])
  list(): Promise<readonly StudySummary[]> {
    return this.studies.list();
  }

  @Get(':study')
  @Answers(200, 'The protocol submitted last, and what its sites decided', studyDetail)
  detail(@Param('study') study: string): Promise<StudyDetail> {
    return this.studies.detail(study);
  }
}
