import { hashJson, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';

/** What a coordinator publishes of a committed round: the identity of the request and the result that the program went on with. */
export interface PublishedTotal {
  /** Position in the run, from 1. */
  readonly round: number;
  readonly requestHash: Sha256;
  /** Sums: fixed-point words of the total. Summaries: the packed answers by site. */
  readonly result: Uint8Array;
}

/** Head of the chain before the first round: names the run and the protocol under which it goes. */
export function chainStart(run: string, protocolHash: string): Sha256 {
  return hashJson({ run, protocolHash });
}

/**
 * Head after a round. Two sites that hold the same head hold the same requests and the same results of all rounds up to it, so a
 * coordinator that tells two sites different totals commits itself to two heads.
 */
export function chainNext(previous: Sha256, { round, requestHash, result }: PublishedTotal): Sha256 {
  return hashJson({ previous, round, requestHash, result: sha256(result) });
}

/** The head after all of some totals, which begin with round 1. */
export function chainHead(run: string, protocolHash: string, totals: Iterable<PublishedTotal>): Sha256 {
  let head = chainStart(run, protocolHash);
  for (const total of totals) head = chainNext(head, total);
  return head;
}
