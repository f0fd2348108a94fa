import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { keyFingerprint, keyId, publicKeyText, signerRoles } from '@cohortium/protocol';
import type { PersonJwk, SignerRole } from '@cohortium/protocol';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';
import { readText, reasonOf, writeDurably, writeError } from '../outputs/files.js';
import { trustErrors } from './errors.js';

/**
 * Rounds of PBKDF2-HMAC-SHA-512 between passphrase and key: the figure of OWASP's Password Storage Cheat Sheet (2023) for this hash, about a
 * tenth of a second.
 */
const pbkdf2Rounds = 210_000;

const keyFile = z
  .strictObject({
    schemaVersion: z.literal(1),
    type: z.literal('personKey'),
    role: z.enum(signerRoles),
    site: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/)
      .nullable(),
    name: z.string().min(1).max(200),
    publicKey: publicKeyText,
    secret: z.string().max(4096).describe('The key as JWK in a JWE (RFC 7516; PBES2-HS512+A256KW, A256GCM), opened by the passphrase'),
  })
  .refine(({ role, site }) => (role === 'coordinator') === (site === null), { path: ['site'] });

/** A person's key file. Everything but `secret` is public. */
export type PersonKeyFile = z.output<typeof keyFile>;

/** Whose key it is. */
export type Person = Pick<PersonKeyFile, 'role' | 'site' | 'name'>;

/**
 * Makes a key for a person and writes it, encrypted by the passphrase, to a new file of mode 0600.
 * @throws `CLI.FILE_EXISTS`, `CLI.CANNOT_WRITE`, `CLI.DISK_FULL`
 */
export async function createKeyFile(path: string, person: Person, passphrase: string): Promise<PersonKeyFile> {
  if (existsSync(path)) throw trustErrors.error('CLI.FILE_EXISTS', { path });
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const secret: PersonJwk = { kty: 'OKP', crv: 'Ed25519', x: jwk.x as string, d: jwk.d as string };
  const file = keyFile.parse({
    schemaVersion: 1,
    type: 'personKey',
    ...person,
    publicKey: secret.x,
    secret: await seal(secret, passphrase),
  });
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeDurably(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
  } catch (cause) {
    throw writeError(path, cause);
  }
  return file;
}

function seal(key: PersonJwk, passphrase: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(key), 'utf8'))
    .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', cty: 'jwk+json' })
    .setKeyManagementParameters({ p2c: pbkdf2Rounds })
    .encrypt(Buffer.from(passphrase.normalize('NFC'), 'utf8'));
}

/** Reads the public part of a key file. @throws `CLI.CANNOT_READ`, `CLI.BAD_KEY_FILE` */
export function readKeyFile(path: string): PersonKeyFile {
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw trustErrors.error('CLI.BAD_KEY_FILE', { path, reason: 'not JSON' });
    throw cause;
  }
  const parsed = keyFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw trustErrors.error('CLI.BAD_KEY_FILE', { path, reason: parsed.error.issues[0]?.path.join('.') || 'another form' });
}

/**
 * Opens a key file.
 * @throws `CLI.KEY_TOO_OPEN`, `CLI.WRONG_PASSPHRASE`, `CLI.BAD_KEY_FILE`, `CLI.CANNOT_READ`
 */
export async function openKeyFile(path: string, passphrase: string): Promise<{ readonly file: PersonKeyFile; readonly key: PersonJwk }> {
  const file = readKeyFile(path);
  assertOwn(path);
  let key: PersonJwk;
  try {
    const { plaintext } = await compactDecrypt(file.secret, Buffer.from(passphrase.normalize('NFC'), 'utf8'), {
      keyManagementAlgorithms: ['PBES2-HS512+A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
      maxPBES2Count: pbkdf2Rounds,
    });
    key = JSON.parse(Buffer.from(plaintext).toString('utf8')) as PersonJwk;
  } catch {
    // jose does not say whether the passphrase was wrong or the file was changed, and cannot know.
    throw trustErrors.error('CLI.WRONG_PASSPHRASE', { path });
  }
  if (key.x !== file.publicKey) throw trustErrors.error('CLI.BAD_KEY_FILE', { path, reason: 'it names another public key than it holds' });
  return { file, key };
}

/** What may be shown and handed on of a key. */
export function publicPart({
  role,
  site,
  name,
  publicKey,
}: PersonKeyFile): Person & { publicKey: string; kid: string; fingerprint: string } {
  return { role, site, name, publicKey, kid: keyId(publicKey), fingerprint: keyFingerprint(publicKey) };
}

/** A person in one phrase: `sitePi H1`. */
export function personOf({ role, site }: { readonly role: SignerRole; readonly site: string | null }): string {
  return site === null ? role : `${role} ${site}`;
}

/** @throws `CLI.KEY_TOO_OPEN`, `CLI.CANNOT_READ` */
export function assertOwn(path: string): void {
  let mode: number;
  try {
    mode = statSync(path).mode & 0o777;
  } catch (cause) {
    throw trustErrors.error('CLI.BAD_KEY_FILE', { path, reason: reasonOf(cause) }, { cause });
  }
  if ((mode & 0o077) !== 0) throw trustErrors.error('CLI.KEY_TOO_OPEN', { path, mode: mode.toString(8) });
}
