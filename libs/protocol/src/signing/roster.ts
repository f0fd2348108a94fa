import { hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { z } from 'zod';
import { protocolErrors } from '../errors.js';
import { detachedSignature, publicKeyText, readHeader, signerRoles, spokenDigits } from './header.js';
import type { DetachedSignature } from './header.js';
import { checkSignature } from './sign.js';
import type { KnownSigner } from './signed-protocol.js';

const siteCode = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);

/** The public keys of one site node. All were made at the site; their secret halves never left it. */
export const keyRecord = z.strictObject({
  site: siteCode,
  nkey: z
    .string()
    .regex(/^U[A-Z2-7]{55}$/)
    .describe('Broker user'),
  signingKey: publicKeyText.describe('Ed25519, base64url: signs what the site node sends'),
  agreementKey: publicKeyText.describe('X25519, base64url: agrees on secrets with other sites'),
});
/** See {@link keyRecord}. */
export type KeyRecord = z.output<typeof keyRecord>;

/** Who takes part: hospitals with the keys of their nodes, and people with theirs. */
export const rosterSchema = z.strictObject({
  schemaVersion: z.literal(1),
  type: z.literal('roster'),
  consortium: siteCode,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .describe('Hash of the roster before; null for the first'),
  coordinatorLogKey: publicKeyText.describe("Ed25519, base64url: signs the coordinator's logs; no other key is believed for them"),
  sites: z
    .array(
      keyRecord.extend({
        index: z.int().min(1).max(255).describe('Place of the site in shares of secrets: never 0, never given to another site'),
        displayName: z.string().min(1).max(200),
      }),
    )
    .min(1)
    .max(255),
  people: z.array(
    z.strictObject({
      role: z.enum(signerRoles),
      site: siteCode.nullable(),
      name: z.string().min(1).max(200),
      publicKey: publicKeyText,
    }),
  ),
});
/** See {@link rosterSchema}. */
export type Roster = z.output<typeof rosterSchema>;

/** A roster with its signatures. */
export interface SignedRoster {
  readonly roster: Roster;
  readonly signatures: readonly DetachedSignature[];
}

const signedForm = z.strictObject({ roster: rosterSchema, signatures: z.array(detachedSignature).max(1000) });

/** Fingerprint of a key record, for reading aloud at enrollment: 30 digits. */
export function recordFingerprint(record: KeyRecord): string {
  return spokenDigits(hashJson(record));
}

/** SHA-256 of the canonical roster: what a run names. */
export function rosterHash(roster: Roster): Sha256 {
  return hashJson(roster);
}

/** Fingerprint of a roster, for reading aloud: 30 digits. */
export function rosterFingerprint(roster: Roster): string {
  return spokenDigits(rosterHash(roster));
}

/**
 * Reads a roster and checks that it does not contradict itself; signatures are checked by {@link checkRoster}.
 * @throws `PROTOCOL.BAD_ROSTER`
 */
export function parseSignedRoster(value: unknown): SignedRoster {
  const parsed = signedForm.safeParse(value);
  if (!parsed.success) throw badRoster(`not of the form that it needs at ${parsed.error.issues[0]?.path.join('.') || '(root)'}`);
  assertRoster(parsed.data.roster);
  return parsed.data;
}

/** @throws `PROTOCOL.BAD_ROSTER` when a key, index or code stands twice, or a hospital lacks a PI or a board */
export function assertRoster({ sites, people, coordinatorLogKey }: Roster): void {
  const once = (what: string, values: readonly (string | number)[]): void => {
    if (new Set(values).size !== values.length) throw badRoster(`a ${what} stands twice`);
  };
  once(
    'site',
    sites.map(({ site }) => site),
  );
  once(
    'index',
    sites.map(({ index }) => index),
  );
  once(
    'broker key',
    sites.map(({ nkey }) => nkey),
  );
  once('key', [
    coordinatorLogKey,
    ...sites.flatMap(({ signingKey, agreementKey }) => [signingKey, agreementKey]),
    ...people.map(({ publicKey }) => publicKey),
  ]);
  if (people.filter(({ role }) => role === 'coordinator').length !== 1) throw badRoster('it needs exactly one coordinator');
  for (const { role, site } of people) {
    if ((role === 'coordinator') !== (site === null)) throw badRoster('the role of a person does not fit the site');
    if (site !== null && !sites.some((known) => known.site === site)) throw badRoster('a person belongs to a site that is not listed');
  }
  for (const { site } of sites)
    for (const role of ['sitePi', 'ethicsBoard'] as const)
      if (!people.some((person) => person.site === site && person.role === role)) throw badRoster(`the site ${site} has no ${role}`);
}

/** Everybody whose signature counts, as the roster says. */
export function signersOf({ people }: Roster): readonly KnownSigner[] {
  return people;
}

/**
 * Checks the signatures of a roster: the coordinator's and those of the PIs of all its sites.
 * @param pinned signers that were known before, such as a site's own PI: their keys must be those of the roster
 * @throws `PROTOCOL.BAD_ROSTER` when one is missing, does not hold, or a pinned key was replaced
 */
export async function checkRoster({ roster, signatures }: SignedRoster, pinned: readonly KnownSigner[] = []): Promise<void> {
  for (const { role, site, publicKey } of pinned) {
    const listed = roster.people.filter((person) => person.role === role && person.site === site);
    if (!listed.some((person) => person.publicKey === publicKey)) throw badRoster(`it has another key for ${role} ${site ?? ''}`.trim());
  }
  const approved = new Set<string>();
  for (const signature of signatures) {
    const header = readHeader(signature);
    const fits = header.document === 'roster' && header.study === roster.consortium && header.version === roster.version;
    if (!fits || header.previous !== roster.previous) throw badRoster('a signature is about another document');
    const known = roster.people.filter(({ role, site }) => role === header.role && site === header.site);
    const checks = await Promise.all(known.map(({ publicKey }) => checkSignature(roster, signature, publicKey)));
    if (!checks.some(({ state }) => state === 'valid')) throw badRoster('a signature does not hold');
    if (header.statement === 'revoke') throw badRoster('it was revoked');
    approved.add(`${header.role} ${header.site ?? ''}`);
  }
  const wanted = ['coordinator ', ...roster.sites.map(({ site }) => `sitePi ${site}`)];
  const missing = wanted.find((who) => !approved.has(who));
  if (missing !== undefined) throw badRoster(`the signature of ${missing.trim()} is missing`);
}

function badRoster(reason: string): Error {
  return protocolErrors.error('PROTOCOL.BAD_ROSTER', { reason });
}
