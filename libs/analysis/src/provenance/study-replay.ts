import { isAppError, parseSiteId } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { RunReplay } from '@cohortium/federation';
import type { OwnContribution, PublishedTotal, ReplayPoint } from '@cohortium/federation';
import type { Protocol } from '@cohortium/protocol';
import { runStudy } from '../program.js';
import type { StudyProgram } from '../study.js';

/** A request as a coordinator states it: where in the run, what, and under which locked model. */
export interface StatedRequest {
  readonly round: number;
  readonly requestHash: string;
  /** Hash of the locked model, null before the lock; absent where nothing is stated of it. */
  readonly modelLock?: string | null;
}

/**
 * What a replay says of a stated request. `totalsMissing`: totals of rounds before it have not been learned, so nothing can be said.
 * `notDerived` carries, for the site's own log, what speaks against it.
 */
export type Derivation =
  | { readonly state: 'derived' }
  | { readonly state: 'totalsMissing'; readonly nextRound: number }
  | { readonly state: 'notDerived'; readonly because: 'request' | 'modelLock' | 'ended' | string };

interface Derived {
  readonly hash: Sha256;
  readonly modelLock: Sha256 | null;
}

/**
 * A site's own replay of a run: the study program of this release, on the protocol that the site approved and the totals that the
 * coordinator published. It says which request follows in each round, and under which locked model; a site answers no other.
 */
export class StudyReplay {
  private readonly derived: Derived[] = [];
  private readonly replay: RunReplay;
  private modelLock: Sha256 | null = null;

  /** @param program the installed program; another one only in tests of other programs */
  constructor(protocol: Protocol, program: StudyProgram = runStudy) {
    const input = {
      protocol,
      training: (protocol.sites.training ?? []).map(parseSiteId),
      external: protocol.sites.external.map(parseSiteId),
    };
    const host = {
      lockModel: (_model: unknown, hash: Sha256) => {
        this.modelLock = hash;
        return Promise.resolve();
      },
      stepBegins: () => undefined,
    };
    this.replay = new RunReplay((federation) => program(input, federation, host));
  }

  /** Rounds whose totals have been learned, all from the first one on. */
  get learned(): number {
    return Math.max(0, this.derived.length - 1);
  }

  /**
   * Learns the total of the next round. One that cannot be, or that answers another request, ends the replay: nothing is derived after it.
   * @param own what the site released itself in that round
   */
  async learn(total: PublishedTotal, own?: OwnContribution): Promise<void> {
    this.note(await this.replay.point());
    this.note(await this.replay.learn(total, own));
  }

  /** Whether a stated request is the one that follows in its round. */
  async derives({ round, requestHash, modelLock }: StatedRequest): Promise<Derivation> {
    const point = await this.replay.point();
    this.note(point);
    const found = this.derived[round - 1];
    if (found !== undefined) {
      if (found.hash !== requestHash) return { state: 'notDerived', because: 'request' };
      return modelLock === undefined || found.modelLock === modelLock
        ? { state: 'derived' }
        : { state: 'notDerived', because: 'modelLock' };
    }
    if (point.state === 'asks') return { state: 'totalsMissing', nextRound: point.request.round };
    if (point.state === 'ended') return { state: 'notDerived', because: 'ended' };
    return { state: 'notDerived', because: isAppError(point.error) ? point.error.code : 'UNEXPECTED' };
  }

  /** Why nothing is derived any more; undefined while the replay can go on. */
  async failure(): Promise<string | undefined> {
    const point = await this.replay.point();
    if (point.state !== 'failed') return undefined;
    return isAppError(point.error) ? point.error.code : 'UNEXPECTED';
  }

  private note(point: ReplayPoint): void {
    if (point.state !== 'asks') return;
    const { round, hash } = point.request;
    if (this.derived.length === round - 1) this.derived.push({ hash, modelLock: this.modelLock });
  }
}
