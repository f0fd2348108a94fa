import { StudyReplay } from '@cohortium/analysis';
import { MemoryJournal, RoundFederation, SimulatedExchange, chainNext, chainStart } from '@cohortium/federation';
import type { Exchange, PublishedTotal, RoundRequest, SimulatedSite, SiteAnswer } from '@cohortium/federation';
import type { Sha256, SiteId } from '@cohortium/kernel';
import { protocolHash } from '@cohortium/protocol';
import { gatedSites } from '../equivalence/study-cohorts.js';
import type { MadeStudy } from '../equivalence/study-cohorts.js';

/** Changes the answers of a round before they are summed: the coordinator goes on with the invented total, and tells it to every site. */
export type Inventing = (honest: RoundRequest, answers: ReadonlyMap<SiteId, SiteAnswer>) => ReadonlyMap<SiteId, SiteAnswer>;
/** What a coordinator asks instead of what the program asks; undefined for the program's own request. */
export type Asking = (honest: RoundRequest) => RoundRequest | undefined;

/** A site that replays: its replay, the head of what it was told, and what it released in the round at work. */
export interface ReplayingSite {
  readonly replay: StudyReplay;
  head: Sha256;
  released: Uint8Array | undefined;
}

/**
 * A coordinator and its sites in one process, each site with its real rows and the real gate. With `replaying`, every site replays the
 * program on what it is told, as a site node does; without, it answers whatever passes its gate.
 */
export class ToldFederation {
  readonly sites = new Map<SiteId, ReplayingSite>();
  /** Every answer of every round, as the coordinator sees it. */
  readonly answers: ReadonlyMap<SiteId, SiteAnswer>[] = [];
  /** What every round asked, in order. */
  readonly requests: RoundRequest[] = [];
  /** What the coordinator went on with. */
  readonly totals: PublishedTotal[] = [];
  readonly federation: RoundFederation;

  constructor(study: MadeStudy, options: { readonly replaying: boolean; readonly ask?: Asking; readonly invent?: Inventing }) {
    const { replaying, ask = () => undefined, invent = (_, answers) => answers } = options;
    const { protocol } = study.input;
    const guarded = new Map<SiteId, SimulatedSite>();
    for (const [site, simulated] of gatedSites(study)) {
      if (!replaying) guarded.set(site, simulated);
      else {
        const replay = new StudyReplay(protocol);
        this.sites.set(site, { replay, head: chainStart('run', protocolHash(protocol)), released: undefined });
        guarded.set(site, { ...simulated, provenance: replay });
      }
    }
    const inner = new SimulatedExchange(guarded);
    this.federation = new RoundFederation(this.noting(inner, ask, invent), this.telling());
  }

  private noting(inner: Exchange, asking: Asking, invent: Inventing): Exchange {
    return {
      ask: async (honest) => {
        const request = asking(honest) ?? honest;
        const answers = await inner.ask(request);
        this.requests.push(request);
        this.answers.push(answers);
        for (const [site, told] of this.sites) {
          const answer = answers.get(site);
          told.released = answer?.state === 'released' ? answer.bytes : undefined;
        }
        return invent(request, answers);
      },
    };
  }

  private telling(): MemoryJournal {
    const sites = this.sites;
    const totals = this.totals;
    return new (class extends MemoryJournal {
      override async commit(round: number, requestHash: Sha256, result: Uint8Array): Promise<void> {
        const total = { round, requestHash, result };
        totals.push(total);
        for (const [site, told] of sites) {
          told.head = chainNext(told.head, total);
          await told.replay.learn(total, told.released && { site, bytes: told.released });
        }
        await super.commit(round, requestHash, result);
      }
    })();
  }
}
