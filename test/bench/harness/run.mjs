// Runs cases one after the other, or reads what earlier runs wrote, and tells the outcome.
import { readFileSync, writeFileSync } from 'node:fs';
import { describeMachine } from './machine.mjs';

/**
 * @template {object} Outcome
 * @typedef {{ schemaVersion: 1, benchmark: string, quick: boolean, date: string, machine: import('./machine.mjs').Machine,
 *   cases: ({ name: string } & Outcome)[] }} RunOf
 */

/**
 * Runs the cases; those that fail are told and left out.
 * @template {object} Outcome
 * @returns {Promise<RunOf<Outcome>>}
 */
export async function runCases(
  /** @type {{ benchmark: string, quick: boolean, names: readonly string[] }} */ { benchmark, quick, names },
  /** @type {(key: string, params: Record<string, string>) => string} */ say,
  /** @type {(name: string) => Promise<Outcome>} */ runCase,
) {
  const machine = describeMachine();
  const date = new Date().toISOString();
  const cases = [];
  for (const name of names) {
    process.stderr.write(`${say('begins', { name })}\n`);
    try {
      cases.push({ name, ...(await runCase(name)) });
    } catch (error) {
      // Figures of a busy machine are no reason to fail; a case that did not run is.
      process.exitCode = 1;
      process.stderr.write(`${say('failed', { name, reason: error instanceof Error ? error.message : String(error) })}\n`);
    }
  }
  return { schemaVersion: 1, benchmark, quick, date, machine, cases };
}

/** Runs that were written before. @returns {any[]} */
export const readRuns = (/** @type {readonly string[]} */ files) => files.map((path) => JSON.parse(readFileSync(path, 'utf8')));

/** Writes a run where that is wanted. */
export function writeRun(/** @type {object} */ run, /** @type {string | undefined} */ file) {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
}
