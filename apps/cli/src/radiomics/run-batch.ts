import { hashJson, isAppError } from '@cohortium/kernel';
import type { AppError } from '@cohortium/kernel';
import { settingsHash } from '@cohortium/radiomics';
import type { BatchJournal } from './batch-journal.js';
import type { CaseRunner, RunnerContext } from './case-runner.js';
import type { Case } from './cases-file.js';
import type { ExtractionDocument } from './extract-case.js';
import { fileState } from './load-image.js';

/** How one case of a batch ended. */
export type CaseOutcome =
  | { readonly name: string; readonly document: ExtractionDocument; readonly resumed: boolean }
  | { readonly name: string; readonly error: AppError };

/** What happens while a batch runs. */
export interface BatchEvents {
  /** A case has ended; `ms` is its time, 0 for one that an earlier run had finished. */
  ended(outcome: CaseOutcome, ms: number): void;
}

/** Tells the results of different files, settings or releases apart. @throws `CLI.CANNOT_READ` */
export function caseKey({ name, image, mask, label }: Case, { settings, software }: RunnerContext): string {
  return hashJson({
    name,
    image,
    mask,
    label: label ?? null,
    imageState: fileState(image),
    maskState: fileState(mask),
    settings: settingsHash(settings),
    version: software.version,
  });
}

/**
 * Computes all cases, one per runner at a time, in the order of the list. A case that fails is kept with its error and the rest goes on; a
 * case that the journal holds is not computed again.
 * @param nowMs the clock that times cases
 * @returns outcomes in the order of the list
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` when the journal cannot be written
 */
export async function runBatch(
  cases: readonly Case[],
  context: RunnerContext,
  runners: readonly CaseRunner[],
  journal: BatchJournal | undefined,
  events: BatchEvents,
  nowMs: () => number,
): Promise<readonly CaseOutcome[]> {
  const outcomes = new Array<CaseOutcome>(cases.length);
  const waiting = cases.map((item, at) => ({ item, at }));
  const settle = (at: number, outcome: CaseOutcome, ms: number) => {
    outcomes[at] = outcome;
    events.ended(outcome, ms);
  };
  const work = async (runner: CaseRunner) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { item, at } = next;
      const started = nowMs();
      const outcome = await compute(item, context, runner, journal);
      settle(at, outcome, 'resumed' in outcome && outcome.resumed ? 0 : nowMs() - started);
    }
  };
  await Promise.all(runners.map(work));
  return outcomes;
}

async function compute(item: Case, context: RunnerContext, runner: CaseRunner, journal: BatchJournal | undefined): Promise<CaseOutcome> {
  const { name } = item;
  let key: string;
  let document: ExtractionDocument;
  try {
    key = caseKey(item, context);
    const kept = journal?.find(key);
    if (kept !== undefined) return { name, document: kept, resumed: true };
    document = await runner.run(item);
  } catch (error) {
    if (isAppError(error)) return { name, error };
    throw error;
  }
  // Outside the try: a journal that cannot be written ends the batch, it is no fault of the case.
  journal?.add(key, document);
  return { name, document, resumed: false };
}
