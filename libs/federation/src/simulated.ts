import { FrozenStore, frozenParts, pack, unpack } from '@cohortium/kernel';
import type { Packable, Sha256, SiteId } from '@cohortium/kernel';
import type { Gate, ReleaseHistory } from './gate.js';
import type { Masking } from './masking.js';
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
    private readonly masking?: Masking,
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
      answers.set(site, await answerOf(site, simulated, { ...request, params: received }));
    }
    const sent = this.masked(request, answers);
    for (const [site, answer] of sent) this.observe(site, request, answer);
    return sent;
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
  masking?: Masking,
): RoundFederation {
  return new RoundFederation(new SimulatedExchange(sites, observe, masking), journal);
}
