import { join } from 'node:path';
import { z } from 'zod';
import { cliErrors } from '../errors.js';
import { readText } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { trustWords } from './messages.js';

const counts = z.record(z.string(), z.number());
/** The file that a site node writes (`apps/site-node/src/images.ts`); what a later release adds is passed over. */
const statusFile = z.object({
  at: z.string(),
  intake: z.object({
    state: z.enum(['starting', 'ready', 'failed']),
    port: z.number().nullable(),
    reason: z.string().nullable(),
    stored: z.number(),
    known: z.number(),
    rejected: counts,
    unread: counts,
  }),
  extraction: z
    .object({
      objects: z.number(),
      rejected: z.number(),
      conflicts: counts,
      waiting: counts,
      ready: z.number(),
      extracted: z.number(),
      failed: counts,
    })
    .nullable(),
});

/**
 * `cohortium site images`: what the node is at with images, from the file in its own folder. Counts and codes; nobody is named.
 * @throws `CLI.CANNOT_READ` where the node takes no images
 */
export async function showImages(terminal: Terminal, { dataDir }: { readonly dataDir: string }): Promise<number> {
  const words = trustWords(terminal.language);
  const path = join(dataDir, 'images-status.json');
  const parsed = statusFile.safeParse(JSON.parse(readText(path)));
  if (!parsed.success) throw cliErrors.error('CLI.CANNOT_READ', { path, reason: 'not of a site node' });
  const { at, intake, extraction } = parsed.data;
  const sum = (of: Readonly<Record<string, number>>) => Object.values(of).reduce((total, count) => total + count, 0);
  const { state, port, reason, stored, known } = intake;
  terminal.data(words('imagesAt', { at }));
  terminal.data(words('imagesIntake', { state, port: port === null ? '-' : String(port), reason: reason ?? '-' }));
  terminal.data(words('imagesTaken', { stored, known, rejected: sum(intake.rejected) }));
  for (const [code, count] of Object.entries(intake.unread)) terminal.data(words('imagesUnread', { code, count }));
  if (extraction !== null) {
    const { objects, rejected, ready, extracted, waiting, failed } = extraction;
    terminal.data(words('imagesTray', { objects, rejected, conflicts: sum(extraction.conflicts) }));
    terminal.data(words('imagesCases', { extracted, ready, waiting: sum(waiting), failed: sum(failed) }));
    for (const [why, count] of Object.entries(waiting)) terminal.data(words('imagesWaiting', { reason: why, count }));
    for (const [code, count] of Object.entries(failed)) terminal.data(words('imagesFailed', { code, count }));
  }
  terminal.jsonObject({ schemaVersion: 1, ...parsed.data });
  return 0;
}
