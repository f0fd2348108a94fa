import { hashJson, sha256 } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import type { CohortFlow, CohortRows } from '@cohortium/federation';

/** Derived values kept per table; a leave-one-site-out over a dozen sites needs two per arm. */
const memoCapacity = 64;

/** What a {@link CohortTable} is made of; see `CohortRows` for the meaning of each part. */
export interface CohortTableParts {
  readonly participants: readonly string[];
  readonly featureNames: readonly string[];
  readonly features: Float64Array;
  readonly outcome: Float64Array;
  readonly covariates: Readonly<Record<string, Float64Array>>;
  readonly sites: readonly SiteId[];
  readonly siteIndex: Int32Array;
  /** Not part of the snapshot: it describes who is not in the table. */
  readonly flow?: readonly CohortFlow[];
}

/** Rows of a cohort in memory. Participant names stay inside: they only order folds and digests. */
export class CohortTable implements CohortRows {
  readonly rowCount: number;
  readonly featureNames: readonly string[];
  readonly features: Float64Array;
  readonly outcome: Float64Array;
  readonly covariates: Readonly<Record<string, Float64Array>>;
  readonly sites: readonly SiteId[];
  readonly siteIndex: Int32Array;
  readonly participantIndex: Int32Array;
  readonly flow: readonly CohortFlow[];
  readonly snapshot: Sha256;
  private readonly memos = new Map<string, unknown>();

  constructor(private readonly parts: CohortTableParts) {
    this.rowCount = parts.participants.length;
    this.featureNames = parts.featureNames;
    this.features = parts.features;
    this.outcome = parts.outcome;
    this.covariates = parts.covariates;
    this.sites = parts.sites;
    this.siteIndex = parts.siteIndex;
    this.participantIndex = numberParticipants(parts);
    this.flow = parts.flow ?? [];
    this.snapshot = hashParts(parts);
  }

  /** Folds by SHA-256(seed || participant), dealt in turn within each site and outcome class. */
  folds(foldCount: number, seed: string): Int32Array {
    return this.memo(`folds ${foldCount} ${seed}`, () => dealFolds(this.parts, foldCount, seed));
  }

  /** Stacks the tables of several sites, in ascending order of site code: the pooled twin's table. */
  static stack(tables: readonly CohortTable[]): CohortTable {
    const parts = tables.map((t) => t.parts).sort((a, b) => ((a.sites[0] as string) < (b.sites[0] as string) ? -1 : 1));
    const first = parts[0] as CohortTableParts;
    const covariates: Record<string, Float64Array> = {};
    for (const name of Object.keys(first.covariates)) covariates[name] = concatenate(parts.map((p) => p.covariates[name] as Float64Array));
    return new CohortTable({
      participants: parts.flatMap((p) => p.participants),
      featureNames: first.featureNames,
      features: concatenate(parts.map((p) => p.features)),
      outcome: concatenate(parts.map((p) => p.outcome)),
      covariates,
      sites: parts.map((p) => p.sites[0] as SiteId),
      siteIndex: Int32Array.from(parts.flatMap((p, index) => p.participants.map(() => index))),
      flow: parts.flatMap((p) => p.flow ?? []),
    });
  }

  digestPredictions(probabilities: Float64Array, from: number, to: number): Sha256 {
    const lines: string[] = [];
    for (let i = from; i < to; i++) lines.push(`${this.parts.participants[i]},${probabilities[i]}\n`);
    return sha256(lines.join(''));
  }

  memo<T>(key: string, compute: () => T): T {
    if (this.memos.has(key)) {
      const value = this.memos.get(key) as T;
      this.memos.delete(key);
      this.memos.set(key, value);
      return value;
    }
    const value = compute();
    this.memos.set(key, value);
    if (this.memos.size > memoCapacity) this.memos.delete(this.memos.keys().next().value as string);
    return value;
  }
}

function numberParticipants({ participants, siteIndex }: CohortTableParts): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(participants, (participant, row) => {
    const key = `${siteIndex[row]} ${participant}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, row);
    return row;
  });
}

function hashParts(parts: CohortTableParts): Sha256 {
  const bytes = (values: Float64Array | Int32Array) => sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const covariates = Object.fromEntries(Object.entries(parts.covariates).map(([name, values]) => [name, bytes(values)]));
  return hashJson({
    participants: parts.participants,
    featureNames: parts.featureNames,
    features: bytes(parts.features),
    outcome: bytes(parts.outcome),
    covariates,
    sites: parts.sites,
    siteIndex: bytes(parts.siteIndex),
  });
}

function dealFolds(parts: CohortTableParts, foldCount: number, seed: string): Int32Array {
  const folds = new Int32Array(parts.participants.length);
  const order = parts.participants
    .map((participant, row) => ({
      row,
      key: sha256(`${seed}${participant}`),
      site: parts.siteIndex[row] as number,
      outcome: parts.outcome[row] as number,
    }))
    .sort((a, b) => a.site - b.site || b.outcome - a.outcome || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.row - b.row));
  // Dealing goes on from events to non-events, so that folds differ by at most one participant within a site.
  let site = -1;
  let next = 0;
  for (const entry of order) {
    if (entry.site !== site) {
      site = entry.site;
      next = 0;
    }
    folds[entry.row] = next++ % foldCount;
  }
  return folds;
}

function concatenate(vectors: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(vectors.reduce((n, v) => n + v.length, 0));
  let at = 0;
  for (const vector of vectors) {
    out.set(vector, at);
    at += vector.length;
  }
  return out;
}
