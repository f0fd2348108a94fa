import canonicalize from 'canonicalize';
import { kernelErrors } from './errors.js';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * RFC 8785 canonical JSON: one text for one value.
 * @throws `KERNEL.NOT_CANONICAL` for NaN, infinities, lone surrogates (RFC 8785 section 3.2.2.2), and anything JSON cannot hold
 */
export function canonicalJson(value: unknown): string {
  assertJson(value, '$');
  return canonicalize(value) as string;
}

/** Matches half of a surrogate pair without the other half. */
const loneSurrogate = /\p{Surrogate}/u;

function assertJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (loneSurrogate.test(value)) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `lone surrogate at ${path}` });
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `number that is not finite at ${path}` });
    return;
  }
  if (Array.isArray(value)) {
    // By index, so that a hole is seen as the undefined that it is.
    for (let i = 0; i < value.length; i++) assertJson(value[i], `${path}[${i}]`);
    return;
  }
  if (typeof value === 'object' && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)) {
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      if (loneSurrogate.test(key)) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `lone surrogate in a key at ${path}` });
      assertJson(item, `${path}.${key}`);
    }
    return;
  }
  throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `${typeof value} at ${path}` });
}
