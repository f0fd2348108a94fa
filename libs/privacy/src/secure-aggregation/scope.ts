import { hashJson } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import { fromHex, remembered } from './encoding.js';
import { secureAggregationErrors } from './errors.js';
import type { RosterKeys } from './ports.js';

/** Below this a total says what a single other site contributed. */
export const minMaskedSites = 3;

/** One site of a scope, with the long-term key that the roster pins. */
export interface ScopeMember {
  readonly site: SiteId;
  /** Raw Ed25519 public key, hexadecimal. */
  readonly signingKey: string;
}

/** The sites of one masked sum, in ascending order of code. A share index is the place here, from 1. */
export interface MaskScope {
  readonly members: readonly ScopeMember[];
}

/**
 * The scope of a scope. Keys come from the roster, never from a message.
 * @throws `SECAGG.SCOPE` below three sites, for a site named twice, and for one that the roster does not admit
 */
export function maskScopeOf(sites: readonly SiteId[], roster: RosterKeys): MaskScope {
  const refuse = (reason: string): Error => secureAggregationErrors.error('SECAGG.SCOPE', { count: sites.length, reason });
  if (new Set(sites).size !== sites.length) throw refuse('siteNamedTwice');
  if (sites.length < minMaskedSites) throw refuse('fewerThanThreeSites');
  const members = [...sites].sort().map((site) => {
    const signingKey = roster.signingKey(site);
    if (fromHex(signingKey, 32) === undefined) throw refuse('siteNotInRoster');
    return { site, signingKey: signingKey as string };
  });
  // One holder of one key under several names could unmask the others.
  if (new Set(members.map(({ signingKey }) => signingKey)).size !== members.length) throw refuse('keyOfTwoSites');
  return { members };
}

/** Identity of a scope: which sites, with which pinned keys. */
export const scopeHash: (scope: MaskScope) => Sha256 = remembered((scope: MaskScope) =>
  hashJson(scope.members.map(({ site, signingKey }) => [site, signingKey])),
);

/**
 * Shares that give a secret: t = floor(2n/3) + 1, computed at each site from the scope and never taken from a message. A coordinator that
 * deviates and shows survivors different sets could open both with 2t <= n + c shares, c sites of which collude with it; this t withstands
 * c <= ceil(n/3) - 1 (Bonawitz et al. 2017, doi:10.1145/3133956.3133982, sections 6.2 and 7).
 */
export function thresholdOf(siteCount: number): number {
  return Math.floor((2 * siteCount) / 3) + 1;
}

/** Share index of a site, from 1; 0 for a site outside of the scope. */
export function placeOf(scope: MaskScope, site: SiteId): number {
  return scope.members.findIndex((member) => member.site === site) + 1;
}

/** Codes of the scope's sites in its order. */
export function sitesOf(scope: MaskScope): SiteId[] {
  return scope.members.map(({ site }) => site);
}
