import { signerRoles } from '@cohortium/protocol';
import type { SignerRole } from '@cohortium/protocol';
import { cliErrors } from '../errors.js';
import type { Terminal } from '../terminal.js';
import { createKeyFile, personOf, publicPart, readKeyFile } from './key-file.js';
import { trustWords } from './messages.js';
import { readPassphrase } from './passphrase.js';
import type { PassphraseSource } from './passphrase.js';

/** Options of `cohortium key create`. */
export interface KeyCreateOptions extends PassphraseSource {
  readonly role: string;
  readonly site?: string;
  readonly name: string;
  readonly out: string;
}

/** `cohortium key create`: a person's key in an encrypted file. */
export async function createKey(terminal: Terminal, options: KeyCreateOptions): Promise<number> {
  const words = trustWords(terminal.language);
  const role = parseRole(options.role);
  const site = parseSite(role, options.site);
  const passphrase = await readPassphrase(terminal, options, { twice: true });
  const file = await createKeyFile(options.out, { role, site, name: options.name }, passphrase);
  const shown = publicPart(file);
  terminal.data(words('keyMade', { name: file.name, person: personOf(file), path: options.out }));
  terminal.data(words('fingerprint', { fingerprint: shown.fingerprint }));
  terminal.jsonObject({ schemaVersion: 1, file: options.out, ...shown });
  return 0;
}

/** `cohortium key show FILE`: the public part; asks for no passphrase. */
export async function showKey(terminal: Terminal, path: string): Promise<number> {
  const words = trustWords(terminal.language);
  const shown = publicPart(readKeyFile(path));
  terminal.data(words('keyIs', { path, name: shown.name, person: personOf(shown) }));
  terminal.data(words('fingerprint', { fingerprint: shown.fingerprint }));
  terminal.jsonObject({ schemaVersion: 1, file: path, ...shown });
  return 0;
}

/** @throws `CLI.USAGE` */
export function parseRole(text: string): SignerRole {
  const role = signerRoles.find((known) => known === text);
  if (role === undefined) throw cliErrors.error('CLI.USAGE', { problem: `--role ${signerRoles.join(' | ')}` });
  return role;
}

/** The site of a role: needed for all but the coordinator. @throws `CLI.USAGE` */
export function parseSite(role: SignerRole, site: string | undefined): string | null {
  if ((role === 'coordinator') !== (site === undefined)) throw cliErrors.error('CLI.USAGE', { problem: `--role ${role}: --site` });
  if (site !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(site))
    throw cliErrors.error('CLI.USAGE', { problem: '--site [A-Za-z0-9_-]{1,32}' });
  return site ?? null;
}
