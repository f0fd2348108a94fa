import { AppError, languageOf } from '@cohortium/kernel';
import type { Language } from '@cohortium/kernel';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { coordinatorErrors } from './errors.js';

const path = z.string().min(1, 'is empty');
const whole = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .default(String(fallback))
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not between ${min} and ${max}`);

/** Settings of the coordinator, all from the environment. Scientific settings are not here: they live in the protocol. */
const settings = z.object({
  COHORTIUM_DATA_DIR: path.describe('Folder of this coordinator alone; made with mode 0700'),
  COHORTIUM_DATABASE_URL_FILE: path.describe('File with mode 0600 that holds postgres://ROLE:PASSWORD@HOST:PORT/DATABASE'),
  COHORTIUM_NATS_URL: z
    .string()
    .regex(/^(nats|tls):\/\/[^\s,]+(,(nats|tls):\/\/[^\s,]+)*$/, 'is not nats://HOST:PORT, or several separated by commas')
    .describe('Addresses of the broker'),
  COHORTIUM_NATS_CA_FILE: path.optional().describe('Certificate of the private CA from which that of the broker must come, in PEM'),
  COHORTIUM_NKEY_FILE: path.describe('File with mode 0600 that holds the seed of the broker user'),
  COHORTIUM_HTTP_PORT: whole(0, 65_535, 0).describe('Port of the REST interface on 127.0.0.1; 0 takes any free one'),
  COHORTIUM_REISSUE_MS: whole(50, 3_600_000, 5000).describe(
    'A site that has not answered for this long is asked again; doubles up to 60 s',
  ),
  COHORTIUM_KEEP_FRAMES: z
    .enum(['0', '1'], 'is not 0 or 1')
    .default('0')
    .describe('1 keeps what sites sent after its round, so that a full bundle can be written'),
  COHORTIUM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'is not one of debug, info, warn, error').default('info'),
  COHORTIUM_LANG: z.string().optional().describe('Language of messages: en or zh; default from LANG'),
});

/** What the coordinator was told at its start; frozen. */
export interface Config {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly natsUrls: readonly string[];
  /** PEM; undefined: the system's CAs. */
  readonly natsCa?: string;
  /** Secret. */
  readonly nkeySeed: Uint8Array;
  readonly httpPort: number;
  readonly reissueMs: number;
  readonly keepFrames?: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly language: Language;
}

/**
 * Reads the settings once. Errors name the variable, never its value.
 * @throws `COORDINATOR.BAD_SETTING`, `COORDINATOR.BAD_SECRET_FILE`, `COORDINATOR.BAD_DATA_DIR`
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = settings.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'environment');
    const missing = environment[name] === undefined;
    throw coordinatorErrors.error('COORDINATOR.BAD_SETTING', { name, reason: missing ? 'is not set' : (issue?.message ?? 'is not valid') });
  }
  const values = parsed.data;
  return Object.freeze<Config>({
    dataDir: ownFolder(values.COHORTIUM_DATA_DIR),
    databaseUrl: readSecret('COHORTIUM_DATABASE_URL_FILE', values.COHORTIUM_DATABASE_URL_FILE),
    natsUrls: Object.freeze(values.COHORTIUM_NATS_URL.split(',')),
    ...(values.COHORTIUM_NATS_CA_FILE === undefined ? {} : { natsCa: readPublic('COHORTIUM_NATS_CA_FILE', values.COHORTIUM_NATS_CA_FILE) }),
    nkeySeed: new TextEncoder().encode(readSecret('COHORTIUM_NKEY_FILE', values.COHORTIUM_NKEY_FILE)),
    httpPort: values.COHORTIUM_HTTP_PORT,
    reissueMs: values.COHORTIUM_REISSUE_MS,
    keepFrames: values.COHORTIUM_KEEP_FRAMES === '1',
    logLevel: values.COHORTIUM_LOG_LEVEL,
    language: languageOf(values.COHORTIUM_LANG ?? environment['LANG']),
  });
}

/**
 * The data folder alone, for commands that need nothing else.
 * @throws `COORDINATOR.BAD_SETTING`, `COORDINATOR.BAD_DATA_DIR`
 */
export function readDataDir(environment: Readonly<Record<string, string | undefined>>): string {
  const name = 'COHORTIUM_DATA_DIR';
  const parsed = settings.shape[name].safeParse(environment[name]);
  if (parsed.success) return ownFolder(parsed.data);
  throw coordinatorErrors.error('COORDINATOR.BAD_SETTING', { name, reason: environment[name] === undefined ? 'is not set' : 'is empty' });
}

function ownFolder(folder: string): string {
  const absolute = isAbsolute(folder) ? folder : resolve(folder);
  try {
    mkdirSync(absolute, { recursive: true, mode: 0o700 });
    chmodSync(absolute, 0o700);
    return absolute;
  } catch (cause) {
    throw coordinatorErrors.error('COORDINATOR.BAD_DATA_DIR', { reason: systemCode(cause) }, { cause });
  }
}

/** Reads a file that everybody may read. */
function readPublic(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw coordinatorErrors.error('COORDINATOR.BAD_SETTING', { name, reason: systemCode(error) }, { cause: error });
  }
}

/** Reads a file that only its owner may read. */
export function readSecret(name: string, file: string): string {
  const refuse = (reason: string, cause?: unknown) => coordinatorErrors.error('COORDINATOR.BAD_SECRET_FILE', { name, reason }, { cause });
  try {
    const status = statSync(file);
    if (!status.isFile()) throw refuse('it is not a file');
    if ((status.mode & 0o077) !== 0) throw refuse('others may read it (mode is not 0600)');
    const secret = readFileSync(file, 'utf8').trim();
    if (secret === '' || /\s/.test(secret)) throw refuse('it is empty or holds more than one word');
    return secret;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refuse(systemCode(error), error);
  }
}

/** The system's code (`ENOENT`, `EACCES`, `ENOSPC`): never a text, which may repeat a path. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
}
