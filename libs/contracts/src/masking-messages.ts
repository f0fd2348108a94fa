import { z } from 'zod';

// Control messages of secure aggregation: a closed list with fixed forms. No field is derived from data: keys, commitments, encrypted shares, hashes of
// masked frames, signatures, and the shares that unmasking reveals.

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const signature = z.string().regex(/^[0-9a-f]{128}$/);
const code = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const place = z.int().min(1);

/** Most sites of one masked scope; the share of a box grows with it. */
export const maxMaskedSites = 255;
/** Most key sets of a batch that travel; `maxSetCount` of libs/privacy. */
const maxSets = 64;

const offer = z.strictObject({
  site: code,
  channelKey: hash,
  sets: z
    .array(z.strictObject({ maskKey: hash, seedCommitment: hash }))
    .min(1)
    .max(maxSets),
  signature,
});
const box = z.strictObject({
  from: code,
  to: code,
  box: z
    .string()
    .max(2 * (28 + 64 * maxSets))
    .regex(/^([0-9a-f]{2})+$/),
});

/** What one masked sum is about; `SumBinding` of libs/privacy. */
export const sumBinding = z.strictObject({
  set: place,
  round: place,
  attempt: place,
  vectorId: z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/),
  requestHash: hash,
  limbs: z.int().min(1).max(8),
  length: z.int().min(0),
  roster: z.enum(['full', 'partial']),
});

const signed = z.strictObject({ site: code, signature });
const sites = z.array(code).max(maxMaskedSites);

/** What the coordinator asks in a leg. */
export const maskingAsked = z.discriminatedUnion('leg', [
  z.strictObject({ leg: z.literal('keys'), setCount: z.int().min(1).max(maxSets) }),
  z.strictObject({ leg: z.literal('shares'), offers: z.array(offer).max(maxMaskedSites) }),
  z.strictObject({ leg: z.literal('held'), boxes: z.array(box).max(maxMaskedSites) }),
  z.strictObject({
    leg: z.literal('unmask'),
    operation: z.string().regex(/^[a-z]+\.[a-z-]+@[0-9]+$/),
    sum: sumBinding,
    statements: z.array(z.strictObject({ site: code, frameSha256: hash, signature })).max(maxMaskedSites),
    dropped: sites,
    agreements: z.array(signed).max(maxMaskedSites),
  }),
]);

/** What a site says to a leg. */
export const maskingSaid = z.discriminatedUnion('leg', [
  z.strictObject({ leg: z.literal('keys'), offer }),
  z.strictObject({ leg: z.literal('shares'), boxes: z.array(box).max(maxMaskedSites) }),
  z.strictObject({ leg: z.literal('held') }),
  z.strictObject({
    leg: z.literal('unmask'),
    round: place,
    shares: z.array(z.strictObject({ of: code, secret: z.enum(['seed', 'maskKey']), share: hash })).max(maxMaskedSites),
    signature,
  }),
  z.strictObject({
    leg: z.literal('refused'),
    of: z.enum(['keys', 'shares', 'held', 'unmask']),
    reason: z
      .string()
      .regex(/^[A-Z]+\.[A-Z_]+$/)
      .describe('Code of the error; its details stay at the site'),
  }),
]);

/** Body of the envelope of both directions. */
export const maskingFields = {
  run: code,
  batch: place,
  /** 0 in the legs of a batch. */
  round: z.int().min(0),
  protocolHash: hash,
  scope: z.strictObject({ name: z.enum(['training', 'external', 'all']), sites: z.array(code).min(1).max(maxMaskedSites) }),
};

/** See {@link maskingAsked}. */
export type MaskingAsked = z.output<typeof maskingAsked>;
/** See {@link maskingSaid}. */
export type MaskingSaid = z.output<typeof maskingSaid>;
