import { randomBytes } from 'node:crypto';
import { canonicalJson } from '@cohortium/kernel';
import {
  acceptEnrollment,
  answerEnrollment,
  confirmEnrollment,
  enrollmentCode,
  enrollmentCodeBytes,
  keyRecord,
  recordFingerprint,
  requestEnrollment,
} from '@cohortium/protocol';
import type { KeyRecord } from '@cohortium/protocol';
import { readText, writeDurably, writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { trustErrors } from './errors.js';
import { assertOwn, readKeyFile } from './key-file.js';
import { trustWords } from './messages.js';

/** `cohortium enroll code`: a one-time code for one hospital, in a file of mode 0600 at the coordinator. */
export async function makeCode(terminal: Terminal, { out }: { readonly out: string }): Promise<number> {
  const words = trustWords(terminal.language);
  const code = enrollmentCode(randomBytes(enrollmentCodeBytes));
  write(out, code, 0o600);
  terminal.data(words('codeMade', { code, path: out }));
  terminal.jsonObject({ schemaVersion: 1, file: out });
  return 0;
}

/** `cohortium enroll request`: at the site, its public keys bound to the code. */
export async function makeRequest(
  terminal: Terminal,
  options: { readonly record: string; readonly code: string; readonly out: string },
): Promise<number> {
  const record = readRecord(options.record);
  write(options.out, canonicalJson(requestEnrollment(record, readCode(options.code))), 0o644);
  return tell(terminal, record, options.out);
}

/** `cohortium enroll accept`: at the coordinator, the request held against the code; the code is used up by whoever deletes its file. */
export async function acceptRequest(
  terminal: Terminal,
  path: string,
  options: {
    readonly site: string;
    readonly code: string;
    readonly key: string;
    readonly broker: string;
    readonly ca?: string;
    readonly out: string;
  },
): Promise<number> {
  const code = readCode(options.code);
  const record = acceptEnrollment(parse(path), options.site, code);
  const { name, publicKey } = readKeyFile(options.key);
  const brokerCa = options.ca === undefined ? null : readText(options.ca);
  write(
    options.out,
    canonicalJson(answerEnrollment(record, { coordinator: { name, publicKey }, broker: options.broker, brokerCa }, code)),
    0o644,
  );
  return tell(terminal, record, options.out);
}

/** `cohortium enroll confirm`: at the site, the coordinator's answer held against the code. */
export async function confirmAnswer(
  terminal: Terminal,
  path: string,
  options: { readonly record: string; readonly code: string },
): Promise<number> {
  const words = trustWords(terminal.language);
  const answer = confirmEnrollment(parse(path), readRecord(options.record), readCode(options.code));
  terminal.data(words('enrollConfirmed', { name: answer.coordinator.name, broker: answer.broker }));
  terminal.jsonObject({
    schemaVersion: 1,
    site: answer.site,
    coordinator: answer.coordinator,
    broker: answer.broker,
    brokerCa: answer.brokerCa,
  });
  return 0;
}

function tell(terminal: Terminal, record: KeyRecord, path: string): number {
  const words = trustWords(terminal.language);
  const fingerprint = recordFingerprint(record);
  terminal.data(words('enrollWritten', { site: record.site, path }));
  terminal.data(words('fingerprint', { fingerprint }));
  terminal.jsonObject({ schemaVersion: 1, file: path, record, fingerprint });
  return 0;
}

/** The output of the site node's command `identity`. */
function readRecord(path: string): KeyRecord {
  const value = parse(path);
  const { fingerprint: _told, ...record } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const parsed = keyRecord.safeParse(record);
  if (!parsed.success)
    throw trustErrors.error('CLI.BAD_KEY_RECORD', { path, reason: parsed.error.issues[0]?.path.join('.') || 'another form' });
  return parsed.data;
}

/** The code comes from a file: an argument could be read by others on the machine. */
function readCode(path: string): string {
  assertOwn(path);
  return readText(path).trim();
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function write(path: string, text: string, mode: number): void {
  try {
    writeDurably(path, `${text}\n`, mode);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw trustErrors.error('CLI.FILE_EXISTS', { path });
    throw writeError(path, cause);
  }
}
