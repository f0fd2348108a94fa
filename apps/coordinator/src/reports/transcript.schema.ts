import { z } from 'zod';
import { siteCode } from '../sites/site.schema.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What arrived from the sites of a run. */
export const transcript = z
  .strictObject({
    run: z.string(),
    sites: z.array(z.strictObject({ site: siteCode, messages: z.int(), bytes: z.int() })).describe('Totals of the messages below'),
    messages: z.array(
      z.strictObject({
        site: siteCode,
        type: z.enum(['hello', 'approval', 'answer', 'chunk', 'witnessed']),
        round: z.int().nullable(),
        operation: z.string().nullable(),
        bytes: z.int().describe('The whole message, header included'),
        sha256: hash.describe('Of the whole message'),
        payloadSha256: hash.nullable().describe('Content that the message carries, names or is a piece of'),
        receivedAt: z.iso.datetime(),
      }),
    ),
    heartbeats: z
      .array(z.strictObject({ site: siteCode, messages: z.int(), bytes: z.int() }))
      .describe('Signs of life, which nobody keeps: counted since the start of this coordinator, over all runs'),
  })
  .meta({ id: 'Transcript' });

/** See {@link transcript}. */
export type Transcript = z.output<typeof transcript>;
