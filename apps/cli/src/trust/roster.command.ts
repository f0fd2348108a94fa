import { readFileSync, renameSync } from 'node:fs';
import { canonicalJson } from '@cohortium/kernel';
import {
  assertRoster,
  checkRoster,
  parseSignedRoster,
  protocolErrors,
  rosterFingerprint,
  rosterHash,
  rosterSchema,
  signDocument,
} from '@cohortium/protocol';
import type { Roster, SignedRoster } from '@cohortium/protocol';
import { parse as parseYaml } from 'yaml';
import { readText, reasonOf, writeDurably, writeError } from '../outputs/files.js';
import { cliErrors } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { openKeyFile, personOf } from './key-file.js';
import { trustWords } from './messages.js';
import { readPassphrase } from './passphrase.js';
import type { PassphraseSource } from './passphrase.js';

/** `cohortium roster sign FILE`: a roster (YAML or JSON) or a signed one gets one more signature. */
export async function signRosterFile(
  terminal: Terminal,
  path: string,
  options: PassphraseSource & { readonly key: string; readonly out: string },
): Promise<number> {
  const words = trustWords(terminal.language);
  const { roster, signatures } = readRosterFile(path);
  const { file, key } = await openKeyFile(options.key, await readPassphrase(terminal, options, { twice: false }));
  const { consortium: study, version, previous } = roster;
  const { role, site, name } = file;
  const signedAt = new Date().toISOString();
  const signature = await signDocument(
    roster,
    { document: 'roster', study, version, previous, statement: 'approve', role, site, name, signedAt },
    key,
  );
  const text = `${canonicalJson({ roster, signatures: [...signatures, signature] })}\n`;
  const temporary = `${options.out}.${process.pid}.tmp`;
  try {
    writeDurably(temporary, text);
    renameSync(temporary, options.out);
  } catch (cause) {
    throw writeError(options.out, cause);
  }
  terminal.data(words('rosterSigned', { person: personOf(file), consortium: study, version, path: options.out }));
  terminal.data(words('fingerprint', { fingerprint: rosterFingerprint(roster) }));
  terminal.jsonObject({ schemaVersion: 1, file: options.out, sha256: rosterHash(roster), fingerprint: rosterFingerprint(roster) });
  return 0;
}

/** `cohortium roster verify FILE`. @throws `PROTOCOL.BAD_ROSTER` */
export async function verifyRosterFile(terminal: Terminal, path: string): Promise<number> {
  const words = trustWords(terminal.language);
  const signed = readRosterFile(path);
  await checkRoster(signed);
  const { roster } = signed;
  const fingerprint = rosterFingerprint(roster);
  terminal.data(words('rosterHolds', { consortium: roster.consortium, version: roster.version, count: roster.sites.length }));
  terminal.data(words('fingerprint', { fingerprint }));
  terminal.jsonObject({
    schemaVersion: 1,
    file: path,
    sha256: rosterHash(roster),
    fingerprint,
    sites: roster.sites.map(({ site }) => site),
  });
  return 0;
}

/** Reads a roster, signed or not yet (YAML or JSON). Says nothing about its signatures. @throws `CLI.CANNOT_READ`, `PROTOCOL.BAD_ROSTER` */
export function readRosterFile(path: string): SignedRoster {
  let value: unknown;
  try {
    value = parseYaml(readFileSync(path, 'utf8'));
  } catch (cause) {
    readText(path);
    throw cliErrors.error('CLI.CANNOT_READ', { path, reason: reasonOf(cause).split('\n', 1)[0] ?? 'YAML' }, { cause });
  }
  if (typeof value === 'object' && value !== null && 'roster' in value) return parseSignedRoster(value);
  const parsed = rosterSchema.safeParse(value);
  if (!parsed.success)
    throw protocolErrors.error('PROTOCOL.BAD_ROSTER', {
      reason: `${path} is not of the form that it needs at ${parsed.error.issues[0]?.path.join('.') || '(root)'}`,
    });
  const roster: Roster = parsed.data;
  assertRoster(roster);
  return { roster, signatures: [] };
}
