import { FrozenStore, frozenParts, pack, unpack } from '@cohortium/kernel';
import type { Packable, Sha256, SiteId } from '@cohortium/kernel';
import type { Gate, ReleaseHistory } from './gate.js';
import type { CohortRows } from './rows.js';
import { RoundFederation } from './rounds.js';
import type { Exchange, RoundRequest, RunJournal, SiteAnswer } from './rounds.js';
import { draftAnswer } from './site-answer.js';
import type { Protection, SiteRequest } from './site-answer.js';

/** One simulated site: its rows, its gate and what it has released. */
export interface SimulatedSite {
  readonly rows: CohortRows;
  readonly gate: Gate;
  readonly history: ReleaseHistory;
  /** What the site's protocol wants to be done while a request is computed; nothing where this is absent. */
  readonly protect?: (request: SiteRequest) => Protection;
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

  ask(request: RoundRequest): Promise<ReadonlyMap<SiteId, SiteAnswer>> {
    const params = request.params as Packable;
    const parts = frozenParts(params);
    const wire = pack(params);
    const answers = new Map<SiteId, SiteAnswer>();
    for (const site of request.scope.sites) {
      const simulated = this.sites.get(site);
      if (!simulated) continue;
      const received = unpack(wire, this.storeOf(site, parts).resolve);
      const asked = { query: request.query, params: received, scope: request.scope };
      const draft = draftAnswer(site, simulated.rows, asked, simulated.protect?.(asked));
      const outcome = simulated.gate.decide(draft, simulated.history);
      const answer: SiteAnswer =
        outcome.state === 'released' ? { state: 'released', bytes: outcome.released.bytes } : { state: 'withheld', reason: outcome.reason };
      this.observe(site, request, answer);
      answers.set(site, answer);
    }
    return Promise.resolve(answers);
  }

  private storeOf(site: SiteId, parts: ReadonlyMap<Sha256, Uint8Array>): FrozenStore {
    const store = this.stores.get(site) ?? new FrozenStore();
    this.stores.set(site, store);
    for (const [hash, content] of parts) store.set(hash, content);
    return store;
  }
}

/** A federation over {@link SimulatedExchange}. */
export function simulatedFederation(
  sites: ReadonlyMap<SiteId, SimulatedSite>,
  journal: RunJournal,
  observe?: AnswerObserver,
): RoundFederation {
  return new RoundFederation(new SimulatedExchange(sites, observe), journal);
}
