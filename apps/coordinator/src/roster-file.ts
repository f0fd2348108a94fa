import { isAppError } from '@cohortium/kernel';
import { rosterKeysOf } from '@cohortium/privacy';
import type { RosterKeys } from '@cohortium/privacy';
import { checkRoster, parseSignedRoster, protocolErrors } from '@cohortium/protocol';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coordinatorErrors } from './errors.js';

/**
 * Keys of the sites, from the signed roster in the coordinator's folder: read anew for each run, so that a site is admitted or gets new keys
 * without a restart.
 * @param logKey public key with which this coordinator signs its logs
 * @returns undefined where there is no roster
 * @throws `PROTOCOL.BAD_ROSTER` for one that cannot be read, or that the coordinator and every PI have not signed
 * @throws `COORDINATOR.LOG_KEY_DIFFERS` for one that lists another log key: no site would witness our log
 */
export async function readRosterKeys(dataDir: string, logKey: Uint8Array): Promise<RosterKeys | undefined> {
  let text: string;
  try {
    text = await readFile(join(dataDir, 'roster.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const signed = parseSignedRoster(JSON.parse(text));
    await checkRoster(signed);
    if (signed.roster.coordinatorLogKey !== Buffer.from(logKey).toString('base64url'))
      throw coordinatorErrors.error('COORDINATOR.LOG_KEY_DIFFERS');
    return rosterKeysOf(signed.roster);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw protocolErrors.error('PROTOCOL.BAD_ROSTER', { reason: 'the file is not JSON' }, { cause });
  }
}
