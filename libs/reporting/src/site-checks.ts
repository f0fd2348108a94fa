import type { Results } from '@cohortium/analysis';

type Science = Results['science'];

/** A spread so many times that of the other sites, or its inverse, is another unit or another table, not another scanner. */
const unlikeVariance = 25;
/** So many standard deviations of the other sites from their middle. */
const unlikeDistance = 10;
/** Below this number of other sites there is no middle to speak of. */
const leastOthers = 3;

/**
 * Sites at which the primary model ranks participants the wrong way round: the whole interval of its AUC there lies below 0.5, outside
 * or when held out. A coding of the endpoint that is reversed looks like this, and so does poisoning by flipped labels.
 */
export function reversedSites({ lock, external, leaveOneSiteOut }: Science): readonly string[] {
  const heldOut = leaveOneSiteOut.state === 'ok' ? leaveOneSiteOut.value.sites : [];
  return [...external.sites, ...heldOut].flatMap(({ site, performance }) => {
    const auc = performance?.[lock.primaryModel]?.auc;
    return auc?.state === 'ok' && auc.high !== undefined && auc.high < 0.5 ? [site] : [];
  });
}

/**
 * Training sites whose features lie far from those of all others along the principal axes, before harmonization: in spread or in place.
 * Another unit looks like this, and so does poisoning by scaled values.
 */
export function unlikeSites({ siteEllipses }: Science): readonly string[] {
  if (siteEllipses.state !== 'ok') return [];
  const { sites } = siteEllipses.value;
  return sites.flatMap(({ site, before }) => {
    const others = sites.filter((other) => other.site !== site).map((other) => other.before);
    return [0, 1].some((axis) => isUnlike(place(before, axis), others.flatMap((other) => place(other, axis) ?? []))) ? [site] : []; // prettier-ignore
  });
}

interface Place {
  readonly mean: number;
  readonly variance: number;
}

/** Mean and variance along an axis, where both are shown. */
function place(
  { mean, covariance }: { readonly mean: readonly Shown[]; readonly covariance: readonly Shown[] },
  axis: number,
): Place | null {
  const [m, v] = [mean[axis], covariance[2 * axis]];
  return m?.state === 'ok' && v?.state === 'ok' ? { mean: m.value, variance: v.value } : null;
}

type Shown = { readonly state: 'ok'; readonly value: number } | { readonly state: 'none-yet' | 'withheld' | 'not-done' | 'error' };

function isUnlike(own: Place | null, others: readonly Place[]): boolean {
  if (own === null || others.length < leastOthers) return false;
  const variance = median(others.map((other) => other.variance));
  const middle = median(others.map((other) => other.mean));
  if (!(variance > 0)) return false;
  const ratio = own.variance / variance;
  return ratio > unlikeVariance || ratio < 1 / unlikeVariance || Math.abs(own.mean - middle) > unlikeDistance * Math.sqrt(variance);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
