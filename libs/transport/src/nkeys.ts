import { createUser, fromSeed } from '@nats-io/nkeys';
import { transportErrors } from './errors.js';

/** A broker user's key pair. The seed is the secret; it belongs in a 0600 file of its owner and nowhere else. */
export interface Nkey {
  /** `SU...`, 58 ASCII bytes. */
  readonly seed: Uint8Array;
  /** `U...`, what the broker's configuration lists. */
  readonly publicKey: string;
}

/** Makes an Ed25519 user key from the system's randomness (https://docs.nats.io, "NKeys"). */
export function createNkey(): Nkey {
  const pair = createUser();
  return { seed: pair.getSeed(), publicKey: pair.getPublicKey() };
}

/**
 * The public key of a seed.
 * @throws `TRANSPORT.BAD_KEY`
 */
export function publicNkey(seed: Uint8Array): string {
  let publicKey: string;
  try {
    publicKey = fromSeed(seed).getPublicKey();
  } catch (cause) {
    throw transportErrors.error('TRANSPORT.BAD_KEY', { reason: 'not a seed' }, { cause });
  }
  if (!isUserNkey(publicKey)) throw transportErrors.error('TRANSPORT.BAD_KEY', { reason: 'not the seed of a user' });
  return publicKey;
}

/** True for the text form of a user's public key. */
export function isUserNkey(text: string): boolean {
  return /^U[A-Z2-7]{55}$/.test(text);
}
