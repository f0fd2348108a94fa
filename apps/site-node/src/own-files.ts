import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { siteErrors } from './errors.js';

/** Where things lie below the site's own folder. */
export const paths = {
  seed: (dataDir: string) => join(dataDir, 'identity', 'nkey.seed'),
  signingKey: (dataDir: string) => join(dataDir, 'identity', 'signing.key'),
  agreementKey: (dataDir: string) => join(dataDir, 'identity', 'agreement.key'),
  /** The people whose signatures count here, pinned by the operator. */
  people: (dataDir: string) => join(dataDir, 'trust', 'people.json'),
  roster: (dataDir: string) => join(dataDir, 'trust', 'roster.json'),
  /** Folder of signed protocols, as the site's people bring them. */
  signedProtocols: (dataDir: string) => join(dataDir, 'trust', 'protocols'),
  operatorState: (dataDir: string) => join(dataDir, 'operator.json'),
  ledger: (dataDir: string) => join(dataDir, 'ledger'),
  privacyKey: (dataDir: string) => join(dataDir, 'identity', 'privacy.key'),
  features: (dataDir: string) => join(dataDir, 'cohort', 'features.csv'),
  clinical: (dataDir: string) => join(dataDir, 'cohort', 'clinical.csv'),
  /** How the features were made; absent where nobody asks. */
  extraction: (dataDir: string) => join(dataDir, 'cohort', 'extraction.json'),
  /** Counts of images and cases for the operator. */
  imagesStatus: (dataDir: string) => join(dataDir, 'images-status.json'),
  policy: (dataDir: string) => join(dataDir, 'policy.yaml'),
  transcript: (dataDir: string) => join(dataDir, 'egress.jsonl'),
  predictions: (dataDir: string, name: string) => join(dataDir, `predictions-${name}.csv`),
} as const;

/** Makes a folder that only its owner may use, or checks that it is one. @throws `SITE.TOO_OPEN`, `SITE.FILE_MISSING` */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw siteErrors.error('SITE.FILE_MISSING', { file: folder, reason: systemCode(cause) }, { cause });
  }
  await assertPrivate(folder, '700');
}

/** Text of a file that only its owner may use, without trailing newline. @throws `SITE.FILE_MISSING`, `SITE.TOO_OPEN` */
export async function readPrivateFile(file: string): Promise<string> {
  await assertPrivate(file, '600');
  return (await readFile(file, 'utf8')).trimEnd();
}

/** Text of a file that others may read too. @throws `SITE.FILE_MISSING` */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw siteErrors.error('SITE.FILE_MISSING', { file, reason: systemCode(cause) }, { cause });
  }
}

/** Writes a file with mode 0600: first beside its place, then moved there, so that no reader ever sees half of it. */
export async function writePrivateFile(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(temporary, 0o600);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** @throws `SITE.FILE_MISSING`, `SITE.TOO_OPEN` */
async function assertPrivate(path: string, wanted: '600' | '700'): Promise<void> {
  let mode: number;
  try {
    mode = (await stat(path)).mode & 0o777;
  } catch (cause) {
    throw siteErrors.error('SITE.FILE_MISSING', { file: path, reason: systemCode(cause) }, { cause });
  }
  if ((mode & 0o077) !== 0) throw siteErrors.error('SITE.TOO_OPEN', { file: path, mode: mode.toString(8), wanted });
}

/** The code of a system error (`ENOENT`), which is all that is ever shown of it. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

/** True for failures of a disk that pass when someone makes room or mends it. */
export function isDiskTrouble(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EMFILE', 'ENFILE'].includes(systemCode(error));
}
