import { sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { ReleasedContent } from '@cohortium/federation';
import { privacyErrors } from './errors.js';

/** What the gate has decided to let out. */
export interface ReleaseFields {
  readonly clauseId: string;
  readonly operation: string;
  readonly bytes: Uint8Array;
}

/** Known to this module alone: a constructor call without it is a forgery, also from plain JavaScript. */
const key = Symbol('Released');
let construct: (fields: ReleaseFields) => Released;

/**
 * Content that may leave a site, under a clause. Only the gate makes one: the constructor is closed to types and at run time, the
 * private fields make the class nominal (an object of the same shape is not a `Released`), and {@link bytes} hands out copies,
 * so what was decided is what leaves.
 */
export class Released implements ReleasedContent {
  /** The clause of the protocol that allows it. */
  readonly clauseId: string;
  /** `operation@version`. */
  readonly operation: string;
  /** Number of {@link bytes}. */
  readonly byteLength: number;
  /** Hash of {@link bytes}. */
  readonly sha256: Sha256;
  readonly #bytes: Uint8Array;

  private constructor(givenKey: symbol, fields: ReleaseFields) {
    if (givenKey !== key) throw privacyErrors.error('PRIVACY.FORGED_RELEASE');
    this.clauseId = fields.clauseId;
    this.operation = fields.operation;
    this.#bytes = fields.bytes.slice();
    this.byteLength = this.#bytes.length;
    this.sha256 = sha256(this.#bytes);
    Object.freeze(this);
  }

  /** Sums: fixed-point words. Summaries: the packed value without cells. A copy each time. */
  get bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** True for content that the gate of this process made; for the publisher's last check. */
  static isReleased(value: unknown): value is Released {
    return typeof value === 'object' && value !== null && #bytes in value;
  }

  static {
    construct = (fields) => new Released(key, fields);
  }
}

/** Makes released content. For the gate of this library only; not exported from its index. */
export function release(fields: ReleaseFields): Released {
  return construct(fields);
}
