import { onnxCheck, sitePredictions } from '@cohortium/analysis';
import type { SiteCohort } from '@cohortium/analysis';
import { operationName } from '@cohortium/federation';
import type {
  Draft,
  Federation,
  Gate,
  GateOutcome,
  ReleaseHistory,
  RosterScope,
  SumQuery,
  SummaryQuery,
  Total,
} from '@cohortium/federation';
import type { Json, SiteId } from '@cohortium/kernel';
import type { EgressEntry } from '../outputs/egress-table.js';
import type { SitePredictions } from '../outputs/result-files.js';

/** What one simulated site has released: the gate's memory, and our count of what left. */
export class SimulatedEgress implements ReleaseHistory {
  readonly entries: EgressEntry[] = [];
  private readonly byKey = new Map<string, string>();
  private readonly byClause = new Map<string, number>();
  private readonly sums = new Map<string, readonly SiteId[]>();

  constructor(private readonly site: SiteId) {}

  find(releaseKey: string): string | undefined {
    return this.byKey.get(releaseKey);
  }

  countInRun(clauseId: string): number {
    return this.byClause.get(clauseId) ?? 0;
  }

  sitesOfSums(scope: string): readonly string[] | undefined {
    return this.sums.get(scope);
  }

  /** The same gate, which remembers here what it let out. */
  remembering(gate: Gate): Gate {
    return {
      decide: (draft: Draft, history: ReleaseHistory): GateOutcome => {
        const outcome = gate.decide(draft, history);
        if (outcome.state === 'released') {
          const { clauseId, byteLength, sha256 } = outcome.released;
          this.byKey.set(draft.releaseKey, sha256);
          if (draft.kind === 'sum' && !this.sums.has(draft.scope.name)) this.sums.set(draft.scope.name, [...draft.scope.sites]);
          this.byClause.set(clauseId, this.countInRun(clauseId) + 1);
          this.entries.push({ site: this.site, message: draft.operation, count: 1, bytes: byteLength });
        }
        return outcome;
      },
    };
  }
}

/**
 * The same federation, which also does what a real site does when it scores its participants: compares with the ONNX file of the
 * locked model, and keeps the predictions in a table of its own.
 */
export class ScoringFederation implements Federation {
  readonly predictions: SitePredictions[] = [];

  constructor(
    private readonly inner: Federation,
    private readonly cohorts: ReadonlyMap<SiteId, SiteCohort>,
  ) {}

  sum<P, V>(query: SumQuery<P, V>, params: P, scope: RosterScope): Promise<Total<V>> {
    return this.inner.sum(query, params, scope);
  }

  /** @throws `STUDY.ONNX_DIFFERS` */
  async summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    const answers = await this.inner.summaries(query, params, scope);
    for (const site of scope.sites) {
      const cohort = this.cohorts.get(site) as SiteCohort;
      await onnxCheck(operationName(query), params, cohort);
      const predictions = sitePredictions(operationName(query), params, cohort);
      if (predictions) this.predictions.push({ site, ...predictions });
    }
    return answers;
  }
}
