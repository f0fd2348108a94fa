// The study that the cases ask: one sum whose parameters and answer have the length that a case wants, over a few rows, so that
// what is measured is the way of a vector and not the statistics in it.
import { MemoryJournal, simulatedFederation } from '@cohortium/federation';
import { createGate } from '@cohortium/privacy';
import { checkProtocol } from '@cohortium/protocol';
import { rowsFromTable, scopeOf, tableOfSites, tinyCatalogue, tinyProtocol, tinySpread, tinyTable } from '@cohortium/testkit';

/** What every site has released: the gate's memory, as a site keeps it. */
class Releases {
  byKey = new Map();
  counts = new Map();
  sums = new Map();

  find(/** @type {string} */ releaseKey) {
    return this.byKey.get(releaseKey);
  }

  countInRun(/** @type {string} */ clauseId) {
    return this.counts.get(clauseId) ?? 0;
  }

  sitesOfSums(/** @type {string} */ scope) {
    return this.sums.get(scope);
  }

  note(/** @type {any} */ draft, /** @type {any} */ released) {
    this.byKey.set(draft.releaseKey, released.sha256);
    this.counts.set(released.clauseId, this.countInRun(released.clauseId) + 1);
    if (!this.sums.has(draft.scope.name)) this.sums.set(draft.scope.name, draft.scope.sites);
  }
}

/** Codes of sites: S1, S2, ... */
export const siteCodes = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `S${i + 1}`);

/** The table, the scope and the protocol of a study over so many sites, 20 participants each. */
export function benchStudy(/** @type {number} */ siteCount) {
  const sites = siteCodes(siteCount);
  const table = tinyTable(sites);
  const base = tinyProtocol({ study: 'bench', training: sites });
  // Two sites and many rounds are measured too, without masks, which need three; every rule of the gate still runs.
  const clauses = base.clauses.map((clause) => ({ ...clause, minSites: 2, maxPerRun: 1_000_000, secureAggregation: 'off' }));
  return { sites, table, scope: scopeOf(table), protocol: checkProtocol({ ...base, clauses }) };
}

/** Simulated sites in this process behind the gates of libs/privacy, with real packing, hashing and encoding. */
export function gatedFederation(/** @type {ReturnType<typeof benchStudy>} */ { table, scope, protocol }) {
  const sites = scope.sites.map((site) => {
    const history = new Releases();
    const gate = createGate({ protocol, site });
    const remembering = {
      decide: (/** @type {any} */ draft, /** @type {any} */ past) => {
        const outcome = gate.decide(draft, past);
        if (outcome.state === 'released') history.note(draft, outcome.released);
        return outcome;
      },
    };
    return /** @type {const} */ ([site, { rows: rowsFromTable(tableOfSites(table, [site])), gate: remembering, history }]);
  });
  return simulatedFederation(new Map(sites), new MemoryJournal());
}

/** The tiny study's sum of weighted features, its local part written as a loop, so that hardly any time is the site's mathematics. */
export const spread = {
  ...tinySpread,
  local: (/** @type {import('@cohortium/federation').CohortRows} */ rows, /** @type {{ weights: Float64Array }} */ { weights }) => {
    const sum = rows.features.reduce((total, value) => total + value, 0);
    const out = new Float64Array(weights.length);
    for (let k = 0; k < out.length; k++) out[k] = (weights[k] ?? 0) * sum;
    return out;
  },
};

/** What a light site answers. */
export const lightCatalogue = new Map([...tinyCatalogue, ['tiny.spread@1', spread]]);

/** Parameters of the round `k`: another vector each time, since an answer that was given before is not computed again. */
export function weightsOf(/** @type {number} */ length, /** @type {number} */ k) {
  const weights = new Float64Array(length);
  for (let i = 0; i < length; i++) weights[i] = ((i * 37 + k * 101) % 977) / 7 - 60;
  return weights;
}
