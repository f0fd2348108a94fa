import type { StudyHost, StudyStep } from '@cohortium/analysis';
import { canonicalJson, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { LockedModel } from '@cohortium/learning';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import { coordinatorErrors } from '../errors.js';
import { runTopic } from '../signals.js';
import type { Signals } from '../signals.js';

/** What a program tells the app beside its sums, made durable in the order in which it is told. */
export class RunHost implements StudyHost {
  private notes: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Pick<CoordinatorDatabase, 'runs'>,
    private readonly signals: Signals,
    private readonly run: string,
    private lock: string | null,
    /** Resolves when the other sites have witnessed the lock, and those that validate have opened their labels under it. */
    private readonly witnessed: (modelSha256: string) => Promise<void>,
  ) {}

  /** Hash of the locked model, from the lock on. */
  modelLock(): string | null {
    return this.lock;
  }

  /** @throws `RUN.LOCK_DIFFERS` */
  async lockModel(model: LockedModel, hash: Sha256, onnx: Uint8Array): Promise<void> {
    await this.settled();
    const onnxSha256 = sha256(onnx);
    const lock = { run: this.run, hash, modelJson: canonicalJson(model), onnx, onnxSha256, lockedAt: new Date() };
    const standing = await this.database.runs.lockModel(lock);
    if (standing.hash !== hash || standing.onnxSha256 !== onnxSha256) throw coordinatorErrors.error('RUN.LOCK_DIFFERS', { run: this.run });
    await this.witnessed(hash);
    this.lock = hash;
    this.signals.wake(runTopic(this.run));
  }

  stepBegins(step: StudyStep): void {
    this.notes = this.notes.then(async () => {
      await this.database.runs.stepBegins(this.run, step, new Date());
      this.signals.wake(runTopic(this.run));
    });
    // A failure is thrown where the program next waits.
    this.notes.catch(() => undefined);
  }

  /** Resolves when every note is durable; rejects when one could not be made so. */
  settled(): Promise<void> {
    return this.notes;
  }
}
