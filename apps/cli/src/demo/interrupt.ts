import { cliErrors } from '../errors.js';

/** How a piece of work learns that it has to end early. */
export interface Ending {
  /** Aborted at the first Ctrl-C, SIGTERM or hang-up, with `CLI.INTERRUPTED` as its reason, or by {@link end}. */
  readonly signal: AbortSignal;
  /** Ends the work with an error of its own. */
  end(reason: unknown): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that a Ctrl-C aborts. The work has to come to its end by itself, stopping what it started.
 * @param first told at the first request of a person
 * @param again called at the next one: the person does not want to wait
 */
export async function interruptible<T>(work: (ending: Ending) => Promise<T>, first: () => void, again: () => void): Promise<T> {
  const controller = new AbortController();
  let asks = 0;
  const asked = () => {
    if (++asks > 1) return again();
    first();
    controller.abort(cliErrors.error('CLI.INTERRUPTED'));
  };
  for (const name of signals) process.on(name, asked);
  try {
    return await work({ signal: controller.signal, end: (reason) => controller.abort(reason) });
  } finally {
    for (const name of signals) process.off(name, asked);
  }
}
