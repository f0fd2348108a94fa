import { FrozenStore, frozenParts, pack, unpack } from '@cohortium/kernel';
import type { Packable, Sha256, SiteId } from '@cohortium/kernel';
import type { Gate, ReleaseHistory } from './gate.js';
import type { Masking } from './masking.js';
import type { CohortRows } from './rows.js';
import { RoundFederation } from './rounds.js';
import type { Exchange, RoundRequest, RunJournal, SiteAnswer } from './rounds.js';
import { draftAnswer } from './site-answer.js';

/** One simulated site: its rows, its gate and what it has released. */
export interface SimulatedSite {
  readonly rows: CohortRows;
  readonly gate: Gate;
  readonly history: ReleaseHistory;
}

/** Told of every answer that a simulated site gives. */
export type AnswerObserver = (site: SiteId, request: RoundRequest, answer: SiteAnswer) => void;

/** N sites in one process, through real packing, encoding and gate, without broker or database. */
export class SimulatedExchange implements Exchange {
  private readonly stores = new Map<SiteId, FrozenStore>();

  constructor(
    private readonly sites: ReadonlyMap<SiteId, SimulatedSite>,
    private readonly observe: AnswerObserver = () => undefined,
    private readonly masking?: Masking,
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
      const draft = draftAnswer(site, simulated.rows, { query: request.query, params: received, scope: request.scope });
      const outcome = simulated.gate.decide(draft, simulated.history);
      const answer: SiteAnswer =
        outcome.state === 'released' ? { state: 'released', bytes: outcome.released.bytes } : { state: 'withheld', reason: outcome.reason };
      answers.set(site, answer);
    }
    const sent = this.masked(request, answers);
    for (const [site, answer] of sent) this.observe(site, request, answer);
    return Promise.resolve(sent);
  }

  remainingMasks(request: RoundRequest): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.isMasked(request) ? this.masking?.remaining(request) : undefined);
  }

  private isMasked(request: RoundRequest): boolean {
    return request.query.kind === 'sum' && this.masking?.applies(request) === true;
  }

  /** Answers as they would travel. A sum that some site withheld is not masked: nothing of it will be added. */
  private masked(request: RoundRequest, answers: ReadonlyMap<SiteId, SiteAnswer>): ReadonlyMap<SiteId, SiteAnswer> {
    if (this.masking === undefined || !this.isMasked(request)) return answers;
    const vectors = new Map([...answers].flatMap(([site, answer]) => (answer.state === 'released' ? [[site, answer.bytes] as const] : [])));
    if (vectors.size < request.scope.sites.length) return withoutContent(answers);
    return new Map([...this.masking.mask(request, vectors)].map(([site, bytes]) => [site, { state: 'released', bytes }]));
  }

  private storeOf(site: SiteId, parts: ReadonlyMap<Sha256, Uint8Array>): FrozenStore {
    const store = this.stores.get(site) ?? new FrozenStore();
    this.stores.set(site, store);
    for (const [hash, content] of parts) store.set(hash, content);
    return store;
  }
}

/** Where a round ends because a site withheld, nobody reads the vectors of the others. */
function withoutContent(answers: ReadonlyMap<SiteId, SiteAnswer>): ReadonlyMap<SiteId, SiteAnswer> {
  return new Map(
    [...answers].map(([site, answer]) => [site, answer.state === 'released' ? { ...answer, bytes: new Uint8Array(0) } : answer]),
  );
}

/** A federation over {@link SimulatedExchange}. */
export function simulatedFederation(
  sites: ReadonlyMap<SiteId, SimulatedSite>,
  journal: RunJournal,
  observe?: AnswerObserver,
  masking?: Masking,
): RoundFederation {
  return new RoundFederation(new SimulatedExchange(sites, observe, masking), journal);
}
