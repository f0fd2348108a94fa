import type { CohortRows } from './rows.js';

/**
 * The rows of each participant alone, in order of first appearance: what a query that is `perParticipant` computes on one of them is that
 * person's contribution. Views share nothing that was derived from all rows.
 */
export function* participantViews(rows: CohortRows): Generator<CohortRows> {
  const byParticipant = new Map<number, number[]>();
  for (let i = 0; i < rows.rowCount; i++) {
    const participant = rows.participantIndex[i] as number;
    const known = byParticipant.get(participant);
    if (known) known.push(i);
    else byParticipant.set(participant, [i]);
  }
  for (const picked of byParticipant.values()) yield viewOf(rows, picked);
}

function viewOf(rows: CohortRows, picked: readonly number[]): CohortRows {
  const p = rows.featureNames.length;
  const pick = (values: Float64Array) => Float64Array.from(picked, (i) => values[i] as number);
  const pickWhole = (values: Int32Array) => Int32Array.from(picked, (i) => values[i] as number);
  const features = new Float64Array(picked.length * p);
  picked.forEach((i, k) => features.set(rows.features.subarray(i * p, (i + 1) * p), k * p));
  return {
    rowCount: picked.length,
    featureNames: rows.featureNames,
    features,
    outcome: pick(rows.outcome),
    covariates: Object.fromEntries(Object.entries(rows.covariates).map(([name, values]) => [name, pick(values)])),
    folds: (foldCount, seed) => pickWhole(rows.folds(foldCount, seed)),
    sites: rows.sites,
    siteIndex: pickWhole(rows.siteIndex),
    participantIndex: pickWhole(rows.participantIndex),
    snapshot: rows.snapshot,
    digestPredictions: () => {
      throw new RangeError('a view of one participant commits to nothing');
    },
    memo: (_key, compute) => compute(),
  };
}
