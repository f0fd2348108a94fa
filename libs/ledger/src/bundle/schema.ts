import type { Signer } from '@cohortium/kernel';
import { canonicalJson, hashJson, isAppError } from '@cohortium/kernel';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ledgerErrors } from '../errors.js';
import { coordinatorLog } from '../names.js';
import { formatNote, signNote } from '../note/note.js';

/** Version of the form of bundles. */
export const bundleVersion = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const code = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const round = z.int().min(1);
const base64 = z.string();
const json = z.unknown();

const rosterEntry = z.strictObject({
  log: z.string().min(1).max(120),
  role: z.enum(['coordinator', 'site']),
  site: code.nullable(),
  key: z.string().max(400).describe('The key that signs the log, as C2SP writes keys: name+id+key'),
});

const log = z.strictObject({
  origin: z.string().min(1).max(120),
  tile: base64.describe('Hashes of all leaves, 32 bytes each: they tell which leaf was altered'),
  leaves: z.array(json),
  checkpoints: z.array(z.string().max(65_536)).describe('Signed notes, smallest tree first'),
});

/** Everything a board needs to check a study offline, as one canonical JSON document. */
export const bundleSchema = z.strictObject({
  format: z.literal('cohortium-bundle'),
  version: z.literal(bundleVersion),
  study: code,
  content: z.enum(['light', 'full']),
  roster: z.array(rosterEntry).min(1),
  protocols: z.array(json).describe('Every version of the protocol, in the order in which it was submitted'),
  logs: z.array(log).min(1).describe('The coordinator first, then sites by code'),
  models: z.array(z.strictObject({ run: code, model: json })),
  results: z.array(z.strictObject({ run: code, results: json })),
  frames: z
    .array(z.strictObject({ run: code, round, site: code, content: base64 }))
    .describe('What left, content by content; empty in a light bundle'),
  seeds: z
    .array(z.strictObject({ run: code, round, site: code, seed: hash }))
    .describe('Seeds of selfMasks that unmasking revealed; empty where frames are not masked'),
  masking: z
    .strictObject({
      batches: z.array(z.strictObject({ run: code, batch: z.int().min(1), keys: json, offers: z.array(json).max(255) })),
      rounds: z.array(z.strictObject({ run: code, round, batch: z.int().min(1), sum: json })),
    })
    .describe('Keys that sites offered and signed, and which of them masked a round; empty where frames are not masked'),
  totals: z.array(z.strictObject({ run: code, round, content: base64 })).describe('What each round learned; empty in a light bundle'),
  seal: z.string().max(4096).describe('Signature of whoever wrote the bundle, over everything else in it'),
});

/** A study bundle as it is read. */
export type Bundle = z.output<typeof bundleSchema>;
/** One entry of the roster: who signs which log. */
export type RosterEntry = Bundle['roster'][number];

/** A bundle as it was read. */
export interface ReadBundle {
  readonly bundle: Bundle;
  /** The text as it was read. */
  readonly text: string;
  /** The one form of its value. */
  readonly canonical: string;
}

/**
 * Reads a bundle. Its content is unknown until `verifyBundle` has looked at it.
 * @throws `LEDGER.NOT_A_BUNDLE` for a file that is something else or too damaged to be read
 */
export function parseBundle(text: string): ReadBundle {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw ledgerErrors.error('LEDGER.NOT_A_BUNDLE', { reason: 'not JSON' }, { cause });
  }
  const parsed = bundleSchema.safeParse(value);
  if (!parsed.success) {
    const path = ['$', ...(parsed.error.issues[0]?.path ?? [])].join('.').slice(0, 120);
    throw ledgerErrors.error('LEDGER.NOT_A_BUNDLE', { reason: path });
  }
  try {
    const canonical = canonicalJson(value);
    return { bundle: parsed.data, text, canonical };
  } catch (cause) {
    // Half of a surrogate pair, a number that no double holds, or nesting deeper than any leaf has.
    const where = isAppError(cause, 'KERNEL.NOT_CANONICAL') ? String(cause.params['reason']).slice(0, 120) : 'nested too deeply';
    throw ledgerErrors.error('LEDGER.NOT_A_BUNDLE', { reason: `no canonical form, ${where}` }, { cause });
  }
}

/** Fingerprint of a roster: what people read aloud to each other, and what `--roster` takes. */
export function rosterFingerprint(roster: readonly RosterEntry[]): string {
  return hashJson(roster);
}

/** The text that the writer of a bundle signs. */
export function sealText(bundle: Omit<Bundle, 'seal'>): string {
  return sealOver(bundle.study, [canonicalJson(bundle)]);
}

/**
 * The same text from a bundle that was read, without writing all of it anew: the canonical form without its seal is the canonical form of
 * the rest. Inside strings quotation marks are escaped, so the member stands in it once; were it otherwise, no signature would fit.
 */
export function sealTextOf({ bundle, canonical }: ReadBundle): string {
  const member = `,"seal":${canonicalJson(bundle.seal)}`;
  const at = canonical.indexOf(member);
  return sealOver(bundle.study, [canonical.slice(0, at), canonical.slice(at + member.length)]);
}

function sealOver(study: string, parts: readonly string[]): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return `cohortium-bundle/v${bundleVersion}\n${study}\n${digest.digest('hex')}\n`;
}

/** The bundle as its file, sealed by the coordinator's key. */
export function sealBundle(bundle: Omit<Bundle, 'seal'>, signer: Signer): string {
  const seal = formatNote(signNote(sealText(bundle), coordinatorLog(bundle.study), signer));
  return canonicalJson({ ...bundle, seal });
}
