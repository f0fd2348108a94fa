import { protocolSchema } from '@cohortium/protocol';
import { z } from 'zod';
import { siteCode } from '../sites/site.schema.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Submits a protocol. The protocol itself is read by libs/protocol, whose errors name the place. */
export const newStudy = z
  .strictObject({
    protocol: z.record(z.string(), z.unknown()).describe('See the schema Protocol; features and sites resolved'),
  })
  .meta({ id: 'NewStudy' });

/** The protocol document. */
export const protocolComponent = protocolSchema.meta({ id: 'Protocol' });

/** A submitted protocol by name. */
export const studyRef = z.strictObject({ study: z.string(), protocolHash: hash }).meta({ id: 'StudyRef' });

/** A study in the list. */
export const studySummary = z
  .strictObject({
    study: z.string(),
    version: z.string(),
    title: z.strictObject({ en: z.string(), zh: z.string() }),
    synthetic: z.boolean(),
    protocolHash: hash,
    submittedAt: z.iso.datetime(),
  })
  .meta({ id: 'StudySummary' });

/** A study with the decisions of its sites. */
export const studyDetail = studySummary
  .extend({
    sites: z.array(
      z.strictObject({
        site: siteCode,
        role: z.enum(['training', 'external']),
        decision: z.enum(['approved', 'refused', 'waiting']).nullable().describe('null: the site has not answered'),
        reason: z.string().nullable(),
        decidedAt: z.iso.datetime().nullable(),
      }),
    ),
  })
  .meta({ id: 'Study' });

/** See {@link newStudy}. */
export type NewStudy = z.output<typeof newStudy>;
/** See {@link studyRef}. */
export type StudyRef = z.output<typeof studyRef>;
/** See {@link studySummary}. */
export type StudySummary = z.output<typeof studySummary>;
/** See {@link studyDetail}. */
export type StudyDetail = z.output<typeof studyDetail>;
