import { FrozenStore, frozenParts, pack, unpack } from '@cohortium/kernel';
import type { Packable, Sha256, SiteId } from '@cohortium/kernel';
import type { Gate, ReleaseHistory } from './gate.js';
import type { CohortRows } from './rows.js';
import { RoundFederation } from './rounds.js';
import type { Exchange, RoundRequest, RunJournal, SiteAnswer } from './rounds.js';
import { draftAnswer, requestHash } from './site-answer.js';
import type { Protection, SiteRequest } from './site-answer.js';

/** Says which requests follow from the installed program and the totals that a site was told; `StudyReplay` of libs/analysis. */
export interface Provenance {
  derives(request: { readonly round: number; readonly requestHash: Sha256 }): Promise<{ readonly state: string }>;
}

/** One simulated site: its rows, its gate and what it has released. */
export interface SimulatedSite {
  readonly rows: CohortRows;
  readonly gate: Gate;
  readonly history: ReleaseHistory;
  /** What the site's protocol wants to be done while a request is computed; nothing where this is absent. */
  readonly protect?: (request: SiteRequest) => Protection;
  /** Absent where coordinator and sites are one process, whose program cannot ask but what it derives. */
  readonly provenance?: Provenance;
}

/** Told of every answer that a simulated site gives. */
export type AnswerObserver = (site: SiteId, request: RoundRequest, answer: SiteAnswer) => void;

/** N sites in one process, through real packing, encoding and gate, without broker or database. */
export class SimulatedExchange implements Exchange {
  private readonly stores = new Map<SiteId, FrozenStore>();

  constructor(
    private readonly sites: ReadonlyMap<SiteId, SimulatedSite>,
    private readonly observe: AnswerObserver = () => undefined,
  ) {}

  async ask(request: RoundRequest): Promise<ReadonlyMap<SiteId, SiteAnswer>> {
    const params = request.params as Packable;
    const parts = frozenParts(params);
    const wire = pack(params);
    const answers = new Map<SiteId, SiteAnswer>();
    for (const site of request.scope.sites) {
      const simulated = this.sites.get(site);
      if (!simulated) continue;
      const received = unpack(wire, this.storeOf(site, parts).resolve);
      const answer = await answerOf(site, simulated, { ...request, params: received });
      this.observe(site, request, answer);
      answers.set(site, answer);
    }
    return answers;
  }

  private storeOf(site: SiteId, parts: ReadonlyMap<Sha256, Uint8Array>): FrozenStore {
    const store = this.stores.get(site) ?? new FrozenStore();
    this.stores.set(site, store);
    for (const [hash, content] of parts) store.set(hash, content);
    return store;
  }
}

async function answerOf(site: SiteId, simulated: SimulatedSite, request: RoundRequest): Promise<SiteAnswer> {
  const { rows, gate, history, provenance, protect } = simulated;
  const asked = { query: request.query, params: request.params, scope: request.scope };
  // The hash is taken of what arrived: what a coordinator states for it says nothing.
  const derivation = await provenance?.derives({ round: request.round, requestHash: requestHash(asked) });
  if (derivation !== undefined && derivation.state !== 'derived') return { state: 'withheld', reason: 'notDerived' };
  const outcome = gate.decide(draftAnswer(site, rows, asked, protect?.(asked)), history);
  return outcome.state === 'released'
    ? { state: 'released', bytes: outcome.released.bytes }
    : { state: 'withheld', reason: outcome.reason };
}

/** A federation over {@link SimulatedExchange}. */
export function simulatedFederation(
  sites: ReadonlyMap<SiteId, SimulatedSite>,
  journal: RunJournal,
  observe?: AnswerObserver,
): RoundFederation {
  return new RoundFederation(new SimulatedExchange(sites, observe), journal);
}
