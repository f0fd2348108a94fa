import { coordinatorLog, siteLog } from '@cohortium/ledger';
import { checkRoster } from '@cohortium/protocol';
import type { SignedRoster } from '@cohortium/protocol';
import { existsSync } from 'node:fs';
import { cliErrors } from '../errors.js';
import { readRosterFile } from '../trust/roster.command.js';

/** Whose signatures a reader of a bundle expects: a signed roster, or the fingerprint that `verify` printed for them elsewhere. */
export type KnownSigners = SignedRoster | { readonly fingerprint: string };

/**
 * What `--roster` names: a file with a signed roster, whose signatures are checked, or 64 hexadecimal digits.
 * @throws `CLI.BAD_ROSTER_OPTION` for neither, such as the 30 digits that are read aloud; `PROTOCOL.BAD_ROSTER`, `CLI.CANNOT_READ`
 */
export async function knownSigners(named: string): Promise<KnownSigners> {
  if (existsSync(named)) {
    const signed = readRosterFile(named);
    await checkRoster(signed);
    return signed;
  }
  const fingerprint = named.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw cliErrors.error('CLI.BAD_ROSTER_OPTION');
  return { fingerprint };
}

/** The signers as `verifyBundle` takes them: the fingerprint, or the key of each log of the study. */
export function keysOf(signers: KnownSigners, study: string): string | ReadonlyMap<string, Uint8Array> {
  if ('fingerprint' in signers) return signers.fingerprint;
  const { coordinatorLogKey, sites } = signers.roster;
  const bytes = (key: string): Uint8Array => Buffer.from(key, 'base64url');
  return new Map([
    [coordinatorLog(study), bytes(coordinatorLogKey)],
    ...sites.map(({ site, signingKey }): [string, Uint8Array] => [siteLog(study, site), bytes(signingKey)]),
  ]);
}
