import { languageOf, parseSiteId } from '@cohortium/kernel';
import type { Language, SiteId } from '@cohortium/kernel';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { siteErrors } from './errors.js';

const absolutePath = z.string().refine(isAbsolute, 'notAbsolute');
const brokerUrl = z
  .string()
  .refine((text) => text.split(',').every((part) => /^(nats|tls):\/\/[^\s/@]+$/.test(part.trim())), 'notABrokerUrl');

/** Every setting of a site node. What is scientific is not here: it lives in the protocol. */
const schema = z.object({
  COHORTIUM_SITE: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
  COHORTIUM_DATA_DIR: absolutePath,
  COHORTIUM_DATABASE_URL_FILE: absolutePath,
  COHORTIUM_NATS_URL: brokerUrl,
  COHORTIUM_NATS_CA_FILE: absolutePath.optional(),
  COHORTIUM_IMAGES_FILE: absolutePath.optional(),
  COHORTIUM_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  COHORTIUM_LANG: z.string().max(40).optional(),
  COHORTIUM_RELEASE: z.string().min(1).max(40).optional(),
});

/** What the command `identity` needs. */
export interface IdentityConfig {
  readonly site: SiteId;
  /** The site's own folder; everything it reads and writes lies below. */
  readonly dataDir: string;
}

/** What the command `cohort` needs. */
export interface CohortConfig extends IdentityConfig {
  /** Path of the 0600 file that holds the database URL. */
  readonly databaseUrlFile: string;
  /** Path of the file that says which images come in and what is extracted from them; undefined: none. */
  readonly imagesFile?: string | undefined;
}

/** Settings of the command `run`. */
export interface SiteConfig extends CohortConfig {
  readonly brokers: readonly string[];
  /** Path of the CA certificate that the broker's must come from; undefined: the system's CAs. */
  readonly brokerCaFile?: string | undefined;
  readonly logLevel: z.output<typeof schema>['COHORTIUM_LOG_LEVEL'];
  readonly language: Language;
  readonly release: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Language of messages for the person at this machine. */
export function languageOfEnvironment(environment: Environment): Language {
  return languageOf(environment['COHORTIUM_LANG'] ?? environment['LC_ALL'] ?? environment['LANG']);
}

/** @throws `SITE.BAD_CONFIG`, which names the variable and never its value */
export function readIdentityConfig(environment: Environment): IdentityConfig {
  const parsed = parse(schema.pick({ COHORTIUM_SITE: true, COHORTIUM_DATA_DIR: true }), environment);
  return Object.freeze({ site: parseSiteId(parsed.COHORTIUM_SITE), dataDir: parsed.COHORTIUM_DATA_DIR });
}

/** @throws `SITE.BAD_CONFIG`, which names the variable and never its value */
export function readCohortConfig(environment: Environment): CohortConfig {
  const wanted = {
    COHORTIUM_SITE: true,
    COHORTIUM_DATA_DIR: true,
    COHORTIUM_DATABASE_URL_FILE: true,
    COHORTIUM_IMAGES_FILE: true,
  } as const;
  const parsed = parse(schema.pick(wanted), environment);
  return Object.freeze({
    site: parseSiteId(parsed.COHORTIUM_SITE),
    dataDir: parsed.COHORTIUM_DATA_DIR,
    databaseUrlFile: parsed.COHORTIUM_DATABASE_URL_FILE,
    ...(parsed.COHORTIUM_IMAGES_FILE === undefined ? {} : { imagesFile: parsed.COHORTIUM_IMAGES_FILE }),
  });
}

/** @throws `SITE.BAD_CONFIG`, which names the variable and never its value */
export function readConfig(environment: Environment): SiteConfig {
  const parsed = parse(schema, environment);
  return Object.freeze({
    ...readCohortConfig(environment),
    brokers: Object.freeze(parsed.COHORTIUM_NATS_URL.split(',').map((part) => part.trim())),
    ...(parsed.COHORTIUM_NATS_CA_FILE === undefined ? {} : { brokerCaFile: parsed.COHORTIUM_NATS_CA_FILE }),
    logLevel: parsed.COHORTIUM_LOG_LEVEL,
    language: languageOfEnvironment(environment),
    release: parsed.COHORTIUM_RELEASE ?? packageVersion(),
  });
}

function parse<T extends z.ZodType>(wanted: T, environment: Environment): z.output<T> {
  const parsed = wanted.safeParse(environment);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const variable = String(issue?.path[0] ?? 'COHORTIUM_SITE');
  const reason = environment[variable] === undefined ? 'missing' : issue?.code === 'custom' ? issue.message : (issue?.code ?? 'unknown');
  throw siteErrors.error('SITE.BAD_CONFIG', { variable, reason });
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
