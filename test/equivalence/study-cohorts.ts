import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CohortTable, formatCsv, parseTable, readCohort, resolveProtocol, runStudy, splitCohortBySite } from '@cohortium/analysis';
import type { CohortFiles, Science, SiteCohort, StudyHost, StudyInput, StudyStep } from '@cohortium/analysis';
import { MemoryJournal, PooledFederation, RoundFederation, SimulatedExchange, operationName } from '@cohortium/federation';
import type {
  Exchange,
  Federation,
  Gate,
  ReleaseHistory,
  RoundRequest,
  RunJournal,
  SimulatedSite,
  SiteAnswer,
} from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import type { LockedModel } from '@cohortium/learning';
import { createGate } from '@cohortium/privacy';
import { checkProtocol, parseProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { syntheticCohort } from '@cohortium/synth';

/** A study to run: a small made-up cohort under a protocol. */
export interface StudyShape {
  readonly seed: number;
  /** Participants of each training site. */
  readonly training: readonly number[];
  readonly external?: readonly number[];
  readonly featureCount: number;
  readonly covariates?: readonly string[];
  readonly harmonization?: 'combat' | 'none';
  readonly median?: 'smoothedMedian' | 'exactMedian';
  readonly leaveOneSiteOut?: 'siteFolds' | 'finalModel' | 'off';
  readonly minTraining?: number;
  readonly maxMissingShare?: number;
}

/** A study with everything that running it takes. */
export interface MadeStudy {
  readonly input: StudyInput;
  readonly cohorts: ReadonlyMap<SiteId, SiteCohort>;
}

const root = join(import.meta.dirname, '../..');
const base = parseProtocol(readFileSync(join(root, 'protocols/her2-radiomics/protocol.yaml'), 'utf8'), 'protocol.yaml');

/** The default protocol, smaller, under clauses that let small sites in; they are otherwise the clauses that are shipped. */
function protocolOf(shape: StudyShape): Protocol {
  const { covariates = [], harmonization = 'combat', median = 'smoothedMedian', leaveOneSiteOut = 'off' } = shape;
  const [model] = base.analysis.models;
  return checkProtocol({
    ...base,
    features: { all: true },
    sites: { minTraining: shape.minTraining ?? 3, external: [] },
    analysis: {
      ...base.analysis,
      missingness: { maxShare: shape.maxMissingShare ?? base.analysis.missingness.maxShare },
      imputation: { estimator: median, bins: 32, smoothing: 5 },
      harmonization:
        harmonization === 'none' ? { method: 'none' } : { method: 'combat', covariates, newSite: 'frozenLocalEb', minBatch: 5 },
      models: [
        { ...model, penalty: { ...model?.penalty, folds: 3, count: 6, minRatio: 0.2 } },
        { id: 'ridge', alpha: 0, penalty: { rule: 'fixed', lambda: 0.3 } },
      ],
    },
    validation: {
      scoreGrid: 200,
      leaveOneSiteOut: leaveOneSiteOut === 'off' ? { enabled: false } : { enabled: true, penalty: { rule: leaveOneSiteOut }, pooled: true },
    },
    clauses: base.clauses.map((clause) => ({
      ...clause,
      operations: [...clause.operations, ...clause.operations.flatMap(alsoRankCounts)],
      minSites: Math.min(clause.minSites, 3),
      minParticipantsPerSite: Math.min(clause.minParticipantsPerSite, 8),
      maxParametersPerRow: null,
    })),
  });
}

/** Exact medians need their operation where smoothed ones have theirs. */
function alsoRankCounts(operation: string): string[] {
  return operation.endsWith('.grid-counts@1') ? [operation.replace('grid-counts', 'rank-counts')] : [];
}

/** Changes to the tables before the cohort is read. */
export type Change = (cells: Map<string, string>[], role: 'features' | 'clinical') => void;

/** A made-up study; `change` may spoil its tables. */
export function madeStudy(shape: StudyShape, change: Change = () => undefined): MadeStudy {
  const sites = [
    ...shape.training.map((participants, k) => ({ id: `T${k + 1}`, role: 'training' as const, participants })),
    ...(shape.external ?? []).map((participants, k) => ({ id: `X${k + 1}`, role: 'external' as const, participants })),
  ];
  const cohort = syntheticCohort({
    seed: shape.seed,
    sites,
    featureCount: Math.max(12, shape.featureCount),
    effects: [1, -1, 0.8],
    prevalence: 0.45,
    missingShare: 0.02,
  });
  const files = {
    features: changed(cohort.features, 'features', shape.featureCount, change),
    clinical: changed(cohort.clinical, 'clinical', Infinity, change),
  };
  const protocol = resolveProtocol(protocolOf(shape), {
    featureColumns: parseTable(files.features, 'features.csv').columns,
    sites: sites.map((site) => site.id),
    external: sites.filter((site) => site.role === 'external').map((site) => site.id),
    synthetic: true,
  });
  return studyOf(protocol, files);
}

function studyOf(protocol: Protocol, files: CohortFiles): MadeStudy {
  const cohorts = new Map([...splitCohortBySite(files)].map(([site, part]) => [site, readCohort(part, protocol, site)]));
  const { training = [], external } = protocol.sites;
  return { input: { protocol, training: training as SiteId[], external: external as SiteId[] }, cohorts };
}

/** A table with its first features only, after a change to its cells. */
function changed(csv: string, role: 'features' | 'clinical', features: number, change: Change): string {
  const table = parseTable(csv, role);
  const columns = table.columns.slice(0, 2 + features);
  const cells = table.rows.map((row) => new Map(columns.map((column, j) => [column, row[j] as string])));
  change(cells, role);
  const after = [...(cells[0] as Map<string, string>).keys()];
  return formatCsv(
    after,
    cells.map((row) => after.map((column) => row.get(column) as string)),
  );
}

/** What one site has released, as its gate remembers it. */
class SiteHistory implements ReleaseHistory {
  private readonly byKey = new Map<string, Sha256>();
  private readonly byClause = new Map<string, number>();
  private readonly sums = new Map<string, readonly SiteId[]>();

  find(releaseKey: string): string | undefined {
    return this.byKey.get(releaseKey);
  }

  countInRun(clauseId: string): number {
    return this.byClause.get(clauseId) ?? 0;
  }

  sitesOfSums(scope: string): readonly string[] | undefined {
    return this.sums.get(scope);
  }

  /** The same gate; what it lets out is remembered here. */
  remembering(gate: Gate): Gate {
    return {
      decide: (draft, history) => {
        const outcome = gate.decide(draft, history);
        if (outcome.state === 'released') {
          const { clauseId, bytes } = outcome.released;
          this.byKey.set(draft.releaseKey, sha256(bytes));
          if (draft.kind === 'sum' && !this.sums.has(draft.scope.name)) this.sums.set(draft.scope.name, draft.scope.sites);
          this.byClause.set(clauseId, this.countInRun(clauseId) + 1);
        }
        return outcome;
      },
    };
  }
}

/** Every site of a study behind the gate of its protocol. */
export function gatedSites({ input, cohorts }: MadeStudy): ReadonlyMap<SiteId, SimulatedSite> {
  return new Map(
    [...cohorts].map(([site, { rows }]) => {
      const history = new SiteHistory();
      return [site, { rows, gate: history.remembering(createGate({ protocol: input.protocol, site })), history }];
    }),
  );
}

/** One question of a run. */
export interface Asked {
  readonly operation: string;
  readonly scope: string;
  readonly sites: readonly string[];
}

/** An exchange that asks the sites in an order of its own, and notes what was asked. */
export class NotingExchange implements Exchange {
  readonly asked: Asked[] = [];
  constructor(
    private readonly inner: Exchange,
    private readonly order: (sites: readonly SiteId[]) => readonly SiteId[] = (sites) => sites,
  ) {}

  async ask(request: RoundRequest): Promise<ReadonlyMap<SiteId, SiteAnswer>> {
    const { name, sites } = request.scope;
    this.asked.push({ operation: operationName(request.query), scope: name, sites });
    const answers = await this.inner.ask(request);
    return new Map(this.order(sites).map((site) => [site, answers.get(site) as SiteAnswer]));
  }
}

/** What happened in a run. */
export interface RunRecord {
  readonly science: Science;
  readonly locked: LockedModel;
  readonly lockedAs: readonly Sha256[];
  readonly steps: readonly StudyStep[];
}

/** Runs the study program. @param onLock told when the model is locked */
export async function runOver(federation: Federation, { input }: MadeStudy, onLock: () => void = () => undefined): Promise<RunRecord> {
  const locked: LockedModel[] = [];
  const lockedAs: Sha256[] = [];
  const steps: StudyStep[] = [];
  const host: StudyHost = {
    lockModel: (model, hash) => {
      locked.push(model);
      lockedAs.push(hash);
      onLock();
      return Promise.resolve();
    },
    stepBegins: (step) => void steps.push(step),
  };
  const science = await runStudy(input, federation, host);
  return { science, locked: locked[0] as LockedModel, lockedAs, steps };
}

/** A federation of simulated sites behind the real gate. */
export function simulated(
  study: MadeStudy,
  journal: RunJournal = new MemoryJournal(),
  order?: (sites: readonly SiteId[]) => readonly SiteId[],
) {
  const exchange = new NotingExchange(new SimulatedExchange(gatedSites(study)), order);
  return { federation: new RoundFederation(exchange, journal), exchange };
}

/** The pooled twin, its site summaries through the same gates. */
export function pooled(study: MadeStudy): PooledFederation {
  const stacks = new Map<string, CohortTable>();
  return new PooledFederation((sites) => {
    const key = [...sites].sort().join(' ');
    const known = stacks.get(key);
    if (known) return known;
    const stack = CohortTable.stack(sites.map((site) => (study.cohorts.get(site) as SiteCohort).rows));
    stacks.set(key, stack);
    return stack;
  }, gatedSites(study));
}
