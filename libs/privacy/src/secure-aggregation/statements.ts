import type { Sha256, SiteId } from '@cohortium/kernel';
import { scopeHash, sitesOf, thresholdOf } from './scope.js';
import { fromHex, statementBytes, statementHash } from './encoding.js';
import { sumHash } from './pairwise-mask.js';
import type { MaskPlace, SumBinding } from './pairwise-mask.js';
import type { RosterKeys } from './ports.js';

/** A site's word that it masked a vector of this sum, and which. */
export interface MaskedStatement {
  readonly site: SiteId;
  /** SHA-256 of the masked frame. */
  readonly frameSha256: Sha256;
  /** Ed25519, hexadecimal. */
  readonly signature: string;
}

/** A survivor's word on who survived (round 3 of the active-adversary protocol). */
export interface SurvivorSignature {
  readonly site: SiteId;
  /** Ed25519, hexadecimal. */
  readonly signature: string;
}

/** What a collector sends to have a sum unmasked. */
export interface UnmaskRequest {
  readonly sum: SumBinding;
  /** Of every survivor; under the rule `full`, of every site. */
  readonly statements: readonly MaskedStatement[];
  /** Sites whose masked vector is missing; none under the rule `full`. */
  readonly dropped: readonly SiteId[];
  /** None under the rule `full`, where each masked statement names the whole scope. */
  readonly agreements: readonly SurvivorSignature[];
}

/** A share that a site reveals. */
export interface RevealedShare {
  readonly of: SiteId;
  readonly secret: 'seed' | 'maskKey';
  /** Hexadecimal. */
  readonly share: string;
}

/** A site's answer to {@link UnmaskRequest}. */
export interface UnmaskReply {
  readonly site: SiteId;
  readonly shares: readonly RevealedShare[];
  /** Ed25519, hexadecimal. */
  readonly signature: string;
}

/** Bytes of {@link MaskedStatement}. They name the whole scope: under the rule `full` the signature says that no one may be missing. */
export function maskedBytes({ batch, keys, sum }: MaskPlace, site: SiteId, frameSha256: Sha256): Uint8Array {
  return statementBytes('maskedInput', { sum: sumHash(batch, keys, sum), scope: scopeHash(batch.scope), site, frameSha256 });
}

/** Identity of a survivor set: who, with which frames. */
export function survivorsHash({ batch, keys, sum }: MaskPlace, statements: readonly MaskedStatement[]): Sha256 {
  const survivors = statements.map(({ site, frameSha256 }) => [site, frameSha256] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return statementHash('survivorSet', { sum: sumHash(batch, keys, sum), survivors });
}

/** Bytes of {@link SurvivorSignature}. */
export function survivorBytes(survivors: Sha256): Uint8Array {
  return statementBytes('consistency', { survivors });
}

/** Identity of an unmask request: which survivors, which dropped. Signatures may differ between repetitions, what they say may not. */
export function unmaskHash(place: MaskPlace, request: Pick<UnmaskRequest, 'statements' | 'dropped'>): Sha256 {
  return statementHash('unmaskRequest', { survivors: survivorsHash(place, request.statements), dropped: [...request.dropped].sort() });
}

/** Bytes of {@link UnmaskReply}. */
export function replyBytes(request: Sha256, site: SiteId, shares: readonly RevealedShare[]): Uint8Array {
  return statementBytes('unmaskReply', { request, site, shares: shares.map(({ of, secret, share }) => [of, secret, share]) });
}

/** True for a masked statement that the site signed. */
export function isSigned(place: MaskPlace, { site, frameSha256, signature }: MaskedStatement, roster: RosterKeys): boolean {
  const bytes = fromHex(signature, 64);
  return bytes !== undefined && fromHex(frameSha256, 32) !== undefined && roster.verify(site, maskedBytes(place, site, frameSha256), bytes);
}

/** Why a survivor set may not be opened, or null. The rule comes from the site's own catalogue, not from the request. */
export function refusalOf(
  place: MaskPlace,
  request: Pick<UnmaskRequest, 'statements' | 'dropped'>,
  rule: SumBinding['roster'],
  roster: RosterKeys,
): string | null {
  const scope = sitesOf(place.batch.scope);
  const survivors = request.statements.map(({ site }) => site);
  const { dropped } = request;
  if (place.sum.roster !== rule) return 'otherRosterRule';
  if (survivors.some((site) => dropped.includes(site))) return 'survivingAndDropped';
  const named = [...survivors, ...dropped];
  if (new Set(named).size !== named.length) return 'siteNamedTwice';
  if (named.length !== scope.length || named.some((site) => !scope.includes(site))) return 'notTheScope';
  if (rule === 'full' && dropped.length > 0) return 'notTheWholeScope';
  if (survivors.length < thresholdOf(scope.length)) return 'tooFewSurvivors';
  if (!request.statements.every((statement) => isSigned(place, statement, roster))) return 'wrongSignature';
  return null;
}
