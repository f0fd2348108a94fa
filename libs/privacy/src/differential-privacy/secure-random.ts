import { createCipheriv } from 'node:crypto';

/**
 * Port: bytes that nobody can predict. An implementation never returns the same stream twice, unless it was made from a seed on purpose
 * ({@link SeededStream}); it may block, and it throws rather than return fewer or weaker bytes.
 */
export interface SecureRandom {
  bytes(length: number): Uint8Array;
}

const bufferBytes = 4096;

/**
 * The AES-256-CTR keystream of one 32-byte seed, IV 0 (NIST SP 800-38A, section 6.5). One seed, one stream: noise that is drawn from it is
 * frozen with the seed. A seed serves one release only.
 */
export class SeededStream implements SecureRandom {
  private readonly cipher: ReturnType<typeof createCipheriv>;
  private buffer = new Uint8Array(0);
  private at = 0;

  /** @throws RangeError unless the seed has 32 bytes */
  constructor(seed: Uint8Array) {
    if (seed.length !== 32) throw new RangeError('a seed has 32 bytes');
    this.cipher = createCipheriv('aes-256-ctr', seed, new Uint8Array(16));
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.at === this.buffer.length) {
        this.buffer = new Uint8Array(this.cipher.update(new Uint8Array(bufferBytes)));
        this.at = 0;
      }
      const taken = Math.min(length - filled, this.buffer.length - this.at);
      out.set(this.buffer.subarray(this.at, this.at + taken), filled);
      filled += taken;
      this.at += taken;
    }
    return out;
  }
}

/** Uniform integers without bias, by rejection. */
export class UniformIntegers {
  constructor(private readonly source: SecureRandom) {}

  /** Uniform on 0 ... n - 1. @throws RangeError unless n >= 1 */
  below(n: bigint): bigint {
    if (n < 1n) throw new RangeError('an empty range has no element');
    const bits = (n - 1n).toString(2).length;
    const excess = BigInt((8 - (bits % 8)) % 8);
    for (;;) {
      let value = 0n;
      for (const byte of this.source.bytes(Math.ceil(bits / 8))) value = (value << 8n) | BigInt(byte);
      value >>= excess;
      if (value < n) return value;
    }
  }

  /** Uniform on 0 ... 2^bits - 1. */
  bits(bits: number): bigint {
    return this.below(1n << BigInt(bits));
  }
}
