import type { Signer } from '@cohortium/kernel';
import { ed25519Signer } from '@cohortium/kernel';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeOnce } from '../api-token.js';
import { readSecret } from '../config.js';

/**
 * The key that signs the coordinator's logs, from `<data>/ledger.key`; made at the first start, mode 0600.
 * @throws `COORDINATOR.BAD_SECRET_FILE`, `COORDINATOR.BAD_DATA_DIR`, `LEDGER.BAD_KEY`
 */
export function ledgerKey(dataDir: string): Signer {
  const file = join(dataDir, 'ledger.key');
  if (!existsSync(file)) writeOnce(file, randomBytes(32).toString('base64url'));
  return ed25519Signer(Buffer.from(readSecret('ledger.key in COHORTIUM_DATA_DIR', file), 'base64url'));
}
