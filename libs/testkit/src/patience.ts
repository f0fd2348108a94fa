/**
 * How long tests wait for something that has to come about: long enough for a machine that is busy with other work. A test that passes
 * does not wait this long; one that waits it out has failed. Shorter than the time limits of tests in `vitest.config.ts`.
 */
export const patienceMs = 120_000;

/** As {@link patienceMs}, for the run of a whole federation of real processes: 10 s where nobody is in the way. */
export const wholeRunMs = 420_000;

/** For intervals after which something would be repeated, in tests where nothing may be. */
export const neverMs = 3_600_000;

/**
 * The least of several measurements of one duration, taken until one is below the limit: whoever is quick is so at least once, on
 * however busy a machine; whoever waits for a timer never is.
 */
export async function leastMs(limitMs: number, measureMs: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < 5 && least >= limitMs; tries++) least = Math.min(least, await measureMs());
  return least;
}
