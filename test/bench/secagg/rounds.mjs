// Rounds over sites in one process.
import { MemoryJournal, simulatedFederation } from '@cohortium/federation';
import { parseSiteId, sha256 } from '@cohortium/kernel';
import { SimulatedMasking } from '@cohortium/privacy';
import { openGate } from '@cohortium/testkit';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** @typedef {{ sites: number, length: number, words: import('@cohortium/federation').WordFormat }} Size */

/** A way to ask one round without masks. */
export const plain = (/** @type {Size} */ size) => rounds(size, undefined);

/** A way to ask one round with masks. The clause is not looked for: the benchmark has no protocol. */
export function masked(/** @type {Size} */ size) {
  const protocol = /** @type {any} */ ({ study: 'bench', clauses: [] });
  const random = { bytes: (/** @type {number} */ count) => randomBytes(count) };
  return rounds(size, new SimulatedMasking({ protocol, protocolHash: sha256('bench'), random }));
}

function rounds(/** @type {Size} */ { sites, length, words }, /** @type {SimulatedMasking | undefined} */ masking) {
  const ids = Array.from({ length: sites }, (_, i) => parseSiteId(`B${i + 1}`));
  const values = Float64Array.from({ length }, (_, i) => (i % 1000) / 7);
  const rows = /** @type {any} */ ({ snapshot: sha256('rows'), rowCount: 100 });
  const history = { find: () => undefined, countInRun: () => 0 };
  const simulated = new Map(ids.map((id) => [id, { rows, gate: openGate, history }]));
  const federation = simulatedFederation(simulated, new MemoryJournal(), undefined, masking);
  const query = /** @type {any} */ ({
    kind: 'sum',
    operation: 'bench.sum',
    version: 1,
    words,
    params: z.strictObject({}),
    length: () => length,
    local: () => values,
    read: (/** @type {Float64Array} */ total) => total[0],
  });
  return () => federation.sum(query, {}, { name: 'training', sites: ids });
}
