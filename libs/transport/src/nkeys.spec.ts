import { createOperator } from '@nats-io/nkeys';
import { describe, expect, it } from 'vitest';
import { createNkey, isUserNkey, publicNkey } from './nkeys.js';

describe('nkeys', () => {
  it('are fresh user keys whose public part follows from the seed', () => {
    const [one, two] = [createNkey(), createNkey()];
    expect(Buffer.from(one.seed).toString()).toMatch(/^SU[A-Z2-7]{56}$/);
    expect(isUserNkey(one.publicKey)).toBe(true);
    expect(publicNkey(one.seed)).toBe(one.publicKey);
    expect(one.publicKey).not.toBe(two.publicKey);
  });

  it('the public key of a known seed is the known one', () => {
    // From the NATS documentation, "NKeys": a seed published there, of no use anywhere.
    const seed = Buffer.from('SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY');
    expect(publicNkey(seed)).toBe('UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4');
  });

  it('refuse what is no user seed, without quoting it', () => {
    for (const seed of [new Uint8Array(0), Buffer.from('SUSECRET'), createNkey().seed.slice(0, 50), createOperator().getSeed()]) {
      expect(() => publicNkey(seed)).toThrow('TRANSPORT.BAD_KEY');
      try {
        publicNkey(seed);
      } catch (error) {
        expect(String(error)).not.toContain('SECRET');
      }
    }
  });
});
