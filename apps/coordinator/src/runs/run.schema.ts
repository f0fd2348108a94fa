import { studySteps } from '@cohortium/analysis';
import { z } from 'zod';
import { siteCode } from '../sites/site.schema.js';

/** A run by name. */
export const runRef = z.strictObject({ run: z.string() }).meta({ id: 'RunRef' });

/** Where a run stands. */
export const runView = z
  .strictObject({
    run: z.string(),
    study: z.string(),
    protocolHash: z.string(),
    state: z.enum(['waitingForApproval', 'running', 'finished', 'aborted']),
    step: z.enum(studySteps).nullable().describe('Step of the study that began last'),
    round: z.int().describe('Round that was opened last; 0 before the first'),
    awaiting: z.array(
      z.strictObject({
        site: siteCode,
        since: z.iso.datetime(),
        heartbeatAgeMs: z.int().nullable().describe('null: no heartbeat since the start of this coordinator'),
        siteState: z.enum(['idle', 'computing', 'sending', 'blocked']).nullable(),
      }),
    ),
    error: z
      .strictObject({
        code: z.string(),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
        message: z.string(),
        exit: z.int().describe('Exit code of a command that ends with this error'),
      })
      .nullable(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Run' });

/** See {@link runRef}. */
export type RunRef = z.output<typeof runRef>;
/** See {@link runView}. */
export type RunView = z.output<typeof runView>;
