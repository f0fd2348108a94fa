import { renameSync } from 'node:fs';
import {
  addSignature,
  amend,
  checkSignatures,
  isSignedProtocol,
  parseProtocol,
  parseSignedProtocol,
  parseSignedRoster,
  protocolHash,
  readHeader,
  checkRoster,
  signDocument,
  signersOf,
  standingOf,
  unsignedProtocol,
} from '@cohortium/protocol';
import type { CheckedSignature, KnownSigner, Protocol, SignedProtocol, SignedVersion, SiteStanding, Statement } from '@cohortium/protocol';
import { canonicalJson } from '@cohortium/kernel';
import { readText, writeDurably, writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { trustErrors } from './errors.js';
import { parseRole, parseSite } from './key.command.js';
import { openKeyFile, personOf, readKeyFile } from './key-file.js';
import type { Person } from './key-file.js';
import { trustWords } from './messages.js';
import type { TrustWord } from './messages.js';
import { readPassphrase } from './passphrase.js';
import type { PassphraseSource } from './passphrase.js';

/** Options of `cohortium protocol sign`. */
export interface SignOptions extends PassphraseSource {
  readonly key: string;
  readonly role: string;
  readonly site?: string;
  readonly out?: string;
  readonly amends?: string;
  readonly revoke?: true;
}

/** `cohortium protocol sign FILE`: adds one signature to the newest version. What was in the file stays in it. */
export async function signProtocolFile(terminal: Terminal, path: string, options: SignOptions): Promise<number> {
  const words = trustWords(terminal.language);
  const { signed, isNew } = readForSigning(path, options.amends);
  const out = options.out ?? (isNew ? path.replace(/(\.ya?ml|\.json)?$/, '.signed.json') : path);
  const key = readKeyFile(options.key);
  const role = parseRole(options.role);
  const asked = { role, site: parseSite(role, options.site) };
  if (personOf(key) !== personOf(asked)) throw trustErrors.error('CLI.ROLE_MISMATCH', { made: personOf(key), asked: personOf(asked) });
  const passphrase = await readPassphrase(terminal, options, { twice: false });
  const opened = await openKeyFile(options.key, passphrase);
  const statement = statementOf(signed, opened.file, options.revoke === true ? 'revoke' : 'approve', new Date());
  const { protocol } = signed.versions.at(-1) as SignedVersion;
  const grown = addSignature(signed, await signDocument(protocol, statement, opened.key));
  writeSigned(out, grown, { replace: out === path && !isNew });
  const hash = protocolHash(protocol);
  const told = { person: personOf(opened.file), name: opened.file.name, study: protocol.study, version: protocol.version, hash, path: out };
  terminal.data(words(options.revoke === true ? 'revoked' : 'signed', told));
  terminal.jsonObject({ schemaVersion: 1, file: out, study: protocol.study, version: protocol.version, sha256: hash, statement });
  return 0;
}

/** What a person says about the newest version of a protocol. */
export function statementOf({ versions }: SignedProtocol, person: Person, statement: Statement['statement'], at: Date): Statement {
  const { protocol } = versions.at(-1) as SignedVersion;
  const before = versions.at(-2);
  return {
    document: 'protocol',
    study: protocol.study,
    version: protocol.version,
    previous: before === undefined ? null : protocolHash(before.protocol),
    statement,
    role: person.role,
    site: person.site,
    name: person.name,
    signedAt: at.toISOString(),
  };
}

/** Writes a signed protocol: to a new file, or in place of the one it grew from, never half. @throws `CLI.*` */
export function writeSigned(path: string, value: SignedProtocol, { replace }: { readonly replace: boolean }): void {
  const target = replace ? `${path}.${process.pid}.tmp` : path;
  try {
    writeDurably(target, `${canonicalJson(value)}\n`, 0o600);
    if (replace) renameSync(target, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw trustErrors.error('CLI.FILE_EXISTS', { path });
    throw writeError(path, cause);
  }
}

function readForSigning(path: string, amends: string | undefined): { signed: SignedProtocol; isNew: boolean } {
  const read = readAnyProtocol(path);
  if ('versions' in read && amends === undefined) return { signed: read, isNew: false };
  const protocol = newestOf(read);
  if (amends === undefined) return { signed: unsignedProtocol(protocol), isNew: true };
  return { signed: amend(readSigned(amends), protocol), isNew: true };
}

/** A protocol file of either kind. @throws `CLI.CANNOT_READ`, `PROTOCOL.*` */
export function readAnyProtocol(path: string): Protocol | SignedProtocol {
  const text = readText(path);
  const value = tryJson(text);
  return isSignedProtocol(value) ? parseSignedProtocol(value) : parseProtocol(text, path);
}

/** The protocol itself, the newest version where there are several. */
export function newestOf(read: Protocol | SignedProtocol): Protocol {
  return 'versions' in read ? (read.versions.at(-1) as SignedVersion).protocol : read;
}

/** @throws `CLI.CANNOT_READ`, `CLI.NOT_SIGNED`, `PROTOCOL.*` */
export function readSigned(path: string): SignedProtocol {
  const value = tryJson(readText(path));
  if (!isSignedProtocol(value)) throw trustErrors.error('CLI.NOT_SIGNED', { path });
  return parseSignedProtocol(value);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `cohortium protocol verify FILE [--roster F]`. */
export async function verifyProtocolFile(terminal: Terminal, path: string, options: { readonly roster?: string }): Promise<number> {
  const words = trustWords(terminal.language);
  const signed = readSigned(path);
  const signers = options.roster === undefined ? undefined : await readSigners(options.roster);
  const versions = [];
  for (const version of signed.versions) {
    const { study, version: name } = version.protocol;
    const hash = protocolHash(version.protocol);
    const checked = signers === undefined ? unchecked(version) : await checkSignatures(version, signers);
    terminal.data(words('verifyVersion', { study, version: name, hash }));
    for (const { header, state } of checked) {
      const told = { person: personOf(header), name: header.name, at: header.signedAt };
      const statement = words(header.statement === 'approve' ? 'statementApprove' : 'statementRevoke');
      terminal.data(words('verifyLine', { ...told, statement, state: words(stateWords[state]) }));
    }
    versions.push({ study, version: name, sha256: hash, signatures: checked.map(({ header, state }) => ({ state, ...header })) });
  }
  const bad = versions.flatMap(({ signatures }) => signatures).filter(({ state }) => state === 'invalid' || state === 'unknownSigner');
  const standings = signers === undefined ? [] : await siteStandings(signed, signers);
  for (const { site, standing } of standings) terminal.data(words('verifySite', { site, standing: tellStanding(standing, words) }));
  if (signers === undefined) terminal.data(words('verifyNoRoster'));
  terminal.jsonObject({
    schemaVersion: 1,
    file: path,
    signersChecked: signers !== undefined,
    versions,
    sites: standings.map(({ site, standing }) => ({ site, ...publicStanding(standing) })),
  });
  if (bad.length > 0) return 6;
  return standings.every(({ standing }) => standing.state === 'approved') ? 0 : 4;
}

const stateWords: Readonly<Record<CheckedSignature['state'] | 'notChecked', TrustWord>> = {
  valid: 'stateValid',
  invalid: 'stateInvalid',
  unknownSigner: 'stateUnknownSigner',
  notChecked: 'stateNotChecked',
};

function unchecked({ signatures }: SignedVersion): { header: CheckedSignature['header']; state: 'notChecked' }[] {
  return signatures.map((signature) => ({ header: readHeader(signature), state: 'notChecked' }));
}

/** @throws `PROTOCOL.BAD_ROSTER` */
async function readSigners(path: string): Promise<readonly KnownSigner[]> {
  const signed = parseSignedRoster(tryJson(readText(path)));
  await checkRoster(signed);
  return signersOf(signed.roster);
}

async function siteStandings(signed: SignedProtocol, signers: readonly KnownSigner[]): Promise<{ site: string; standing: SiteStanding }[]> {
  const { sites } = (signed.versions.at(-1) as SignedVersion).protocol;
  const named = [...(sites.training ?? []), ...sites.external];
  return Promise.all(named.map(async (site) => ({ site, standing: await standingOf(signed, site, signers) })));
}

function tellStanding(standing: SiteStanding, words: ReturnType<typeof trustWords>): string {
  if (standing.state === 'approved') return words('standingApproved', { version: standing.version.protocol.version });
  if (standing.state === 'revoked') return words('standingRevoked', { by: standing.by });
  return words('standingIncomplete', { missing: standing.missing.join(', ') });
}

function publicStanding(standing: SiteStanding): object {
  if (standing.state === 'approved')
    return { state: 'approved', version: standing.version.protocol.version, sha256: standing.protocolHash };
  return standing.state === 'revoked' ? standing : { state: standing.state, missing: standing.missing };
}
