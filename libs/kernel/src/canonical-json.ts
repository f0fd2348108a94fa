import canonicalize from 'canonicalize';
import { kernelErrors } from './errors.js';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * RFC 8785 canonical JSON: one text for one value.
 * @throws `KERNEL.NOT_CANONICAL` for NaN, infinities, and anything JSON cannot hold
 */
export function canonicalJson(value: unknown): string {
  assertJson(value, '$');
  return canonicalize(value) as string;
}

function assertJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `number that is not finite at ${path}` });
    return;
  }
  if (Array.isArray(value)) return value.forEach((item, i) => assertJson(item, `${path}[${i}]`));
  if (typeof value === 'object' && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)) {
    for (const [key, item] of Object.entries(value)) if (item !== undefined) assertJson(item, `${path}.${key}`);
    return;
  }
  throw kernelErrors.error('KERNEL.NOT_CANONICAL', { reason: `${typeof value} at ${path}` });
}
