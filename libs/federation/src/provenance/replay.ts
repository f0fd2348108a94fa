import type { Federation } from '../federation.js';
import { federationErrors } from '../errors.js';
import { RoundFederation } from '../rounds.js';
import type { RoundRequest } from '../rounds.js';
import type { PublishedTotal } from './chain.js';
import { flawOfTotal } from './check-total.js';
import type { OwnContribution } from './check-total.js';

/** Where a replayed program stands. */
export type ReplayPoint =
  /** It asks its next round and cannot go on before the total of that round is known. */
  | { readonly state: 'asks'; readonly request: RoundRequest }
  /** It has ended: it asks nothing any more. */
  | { readonly state: 'ended' }
  /** It ended with an error, or was told a total that cannot be: nothing is derived from here on. */
  | { readonly state: 'failed'; readonly error: unknown };

/**
 * Runs a program on published totals, without any site: it stands still wherever it asks a round whose total is not known. What it
 * asks there is the one request that follows from the protocol and the totals before it.
 *
 * The program must be deterministic and wait for nothing but its federation. It is run once, from its beginning; {@link learn} lets
 * it go on by one round, so a run costs a replay as much as it costs the coordinator, whatever the number of rounds.
 */
export class RunReplay {
  private arrived!: Promise<ReplayPoint>;
  private arrive!: (point: ReplayPoint) => void;
  private goOn: ((result: Uint8Array) => void) | undefined;

  constructor(program: (federation: Federation) => Promise<unknown>) {
    this.leave();
    const federation = new RoundFederation(
      { ask: () => Promise.reject(federationErrors.error('FEDERATION.CONCURRENT_SUM')) },
      { find: (round, request) => this.stand(round, request), commit: () => Promise.resolve() },
    );
    program(federation).then(
      () => this.arrive({ state: 'ended' }),
      (error: unknown) => this.arrive({ state: 'failed', error }),
    );
  }

  /** Where the program stands; resolves once it stands still. */
  point(): Promise<ReplayPoint> {
    return this.arrived;
  }

  /**
   * Lets the program go on with the total of the round that it asks. A total of another request, or one that cannot be, ends the
   * replay for good.
   * @param own what the site released itself in that round; held against the total
   * @returns where the program stands then
   */
  async learn(total: PublishedTotal, own?: OwnContribution): Promise<ReplayPoint> {
    const point = await this.arrived;
    if (point.state !== 'asks') return point;
    const { request } = point;
    const { round } = total;
    if (round !== request.round || total.requestHash !== request.hash)
      return this.fail(federationErrors.error('FEDERATION.REPLAY_DIFFERS', { round }));
    const flaw = flawOfTotal(request, total.result, own);
    if (flaw !== undefined) return this.fail(federationErrors.error('FEDERATION.IMPOSSIBLE_TOTAL', { round, flaw }));
    const goOn = this.goOn as (result: Uint8Array) => void;
    this.leave();
    goOn(total.result);
    return this.arrived;
  }

  private stand(_round: number, request: RoundRequest): Promise<{ hash: RoundRequest['hash']; result: Uint8Array }> {
    return new Promise((resolve) => {
      this.goOn = (result) => resolve({ hash: request.hash, result });
      this.arrive({ state: 'asks', request });
    });
  }

  private leave(): void {
    this.goOn = undefined;
    this.arrived = new Promise((resolve) => (this.arrive = resolve));
  }

  /** The program is left standing where it is: nobody will answer it. */
  private fail(error: unknown): ReplayPoint {
    const point = { state: 'failed', error } as const;
    this.arrived = Promise.resolve(point);
    return point;
  }
}
