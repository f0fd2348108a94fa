import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cliErrors } from '../errors.js';
import { writeDurably, writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { makeBrokerCertificates } from './certificates.js';
import { trustErrors } from './errors.js';
import { trustWords } from './messages.js';

/** Options of `cohortium provision tls`. */
export interface ProvisionTlsOptions {
  readonly host: readonly string[];
  readonly days: number;
  readonly out: string;
}

/** `cohortium provision tls`: a private CA and the broker's certificate, as files for the broker and for whoever connects to it. */
export async function provisionTls(terminal: Terminal, { host, days, out }: ProvisionTlsOptions): Promise<number> {
  const words = trustWords(terminal.language);
  if (host.length === 0) throw cliErrors.error('CLI.USAGE', { problem: '--host' });
  const files = { ca: join(out, 'ca.pem'), server: join(out, 'server.pem'), serverKey: join(out, 'server.key') };
  const taken = Object.values(files).find((path) => existsSync(path));
  if (taken !== undefined) throw trustErrors.error('CLI.FILE_EXISTS', { path: taken });
  const made = await makeBrokerCertificates(host, days, new Date());
  let path = out;
  try {
    mkdirSync(out, { recursive: true, mode: 0o700 });
    for (const key of ['ca', 'server', 'serverKey'] as const) {
      path = files[key];
      writeDurably(path, made[key], key === 'serverKey' ? 0o600 : 0o644);
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
  terminal.data(words('tlsMade', { server: files.server, key: files.serverKey, ca: files.ca }));
  terminal.jsonObject({ schemaVersion: 1, ...files, hosts: host, days });
  return 0;
}
