import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CohortTable, parseTable, readCohort, resolveProtocol, runStudy, siteScores, splitCohortBySite } from '@cohortium/analysis';
import type { Science, SiteCohort } from '@cohortium/analysis';
import { PooledFederation, operationName } from '@cohortium/federation';
import type { Figure, RosterScope, SummaryQuery } from '@cohortium/federation';
import type { Json, SiteId } from '@cohortium/kernel';
import { parseProtocol } from '@cohortium/protocol';
import { describe, expect, it } from 'vitest';

// The recipe of reference/end-to-end-duke, computed independently by glmnet 4.1-6 and pROC 1.18: leave one hospital out over six.
const reference = process.env['COHORTIUM_REFERENCE'];
const folder = reference === undefined ? '' : join(reference, 'duke-breast');
const available = existsSync(join(folder, 'features.csv'));
if (!available) console.warn('skipped: end-to-end Duke reference (COHORTIUM_REFERENCE has no duke-breast)');

interface Expected {
  results: { raw: Record<string, { auc: number; ci95: [number, number]; per_site_auc: Record<string, number>; brier: number }> };
}

describe.skipIf(!available).each(['her2', 'er'])('end-to-end Duke reference, %s', (endpoint) => {
  it('reproduces every prediction to 1e-5 and every AUC to 1e-4', async () => {
    const { science, cohorts, heldOut, expected, predictions, coefficients } = await run(endpoint);
    const loso = science.leaveOneSiteOut;
    if (loso.state !== 'ok') throw new Error('leave-one-site-out is missing');
    let largest = 0;
    for (const cohort of cohorts.values()) {
      const scores = siteScores('loso.held-out@1', heldOut, cohort);
      cohort.participants.forEach((participant, i) => {
        const row = predictions.get(participant) as Record<string, number>;
        scores?.models.forEach(({ id }, m) => {
          largest = Math.max(largest, Math.abs((scores.probabilities[m]?.[i] as number) - (row[`raw.${id}`] as number)));
        });
      });
    }
    expect(largest).toBeGreaterThan(0);
    console.info(`${endpoint}: largest difference of ${predictions.size} x 4 held-out predictions ${largest.toExponential(2)}`);
    expect(largest).toBeLessThan(1e-5);
    for (const [id, want] of Object.entries(expected.results.raw)) {
      const pooled = loso.value.pooled.state === 'ok' ? loso.value.pooled.value[id] : undefined;
      expect(Math.abs(value(pooled?.auc) - want.auc)).toBeLessThan(1e-4);
      expect(Math.abs(value(pooled?.brier) - want.brier)).toBeLessThan(1e-6);
      for (const site of loso.value.sites)
        expect(Math.abs(value(site.performance[id]?.auc) - (want.per_site_auc[site.site] as number))).toBeLessThan(1e-4);
    }
    for (const model of science.models) {
      expect(Math.abs(model.intercept - (coefficients.get('(Intercept)')?.[model.id] as number))).toBeLessThan(1e-5);
      for (const { feature, coefficient } of model.terms)
        expect(Math.abs(coefficient - (coefficients.get(feature)?.[model.id] as number))).toBeLessThan(1e-5);
    }
  }, 600_000);
});

function value(figure: Figure | undefined): number {
  return figure?.state === 'ok' ? figure.value : NaN;
}

/** The pooled federation, which also remembers what the sites were asked about held-out participants. */
class RecordingFederation extends PooledFederation {
  heldOut: unknown;
  override summaries<P, V extends Json>(query: SummaryQuery<P, V>, params: P, scope: RosterScope): Promise<ReadonlyMap<SiteId, V>> {
    if (operationName(query) === 'loso.held-out@1') this.heldOut = params;
    return super.summaries(query, params, scope);
  }
}

async function run(endpoint: string): Promise<{
  science: Science;
  cohorts: Map<SiteId, SiteCohort>;
  heldOut: unknown;
  expected: Expected;
  predictions: Map<string, Record<string, number>>;
  coefficients: Map<string, Record<string, number>>;
}> {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const files = { features: read('features.csv'), clinical: read('clinical.csv') };
  const parts = splitCohortBySite(files);
  const path = join(import.meta.dirname, `../../protocols/duke-loso-${endpoint}/protocol.yaml`);
  const protocol = resolveProtocol(parseProtocol(readFileSync(path, 'utf8'), path), {
    featureColumns: parseTable(files.features, 'features.csv').columns,
    dictionary: read('feature_dictionary.csv'),
    sites: [...parts.keys()],
  });
  const cohorts = new Map([...parts].map(([site, part]) => [site, readCohort(part, protocol, site)]));
  const federation = new RecordingFederation((sites) => CohortTable.stack(sites.map((site) => (cohorts.get(site) as SiteCohort).rows)));
  const science = await runStudy({ protocol, training: [...cohorts.keys()], external: [] }, federation, {
    lockModel: () => Promise.resolve(),
    stepBegins: () => undefined,
  });
  const e2e = (file: string) => readFileSync(join(reference as string, 'end-to-end-duke', file), 'utf8');
  return {
    science,
    cohorts,
    heldOut: federation.heldOut,
    expected: JSON.parse(e2e(`${endpoint}_loso6.json`)) as Expected,
    predictions: byFirstColumn(e2e(`${endpoint}_loso6_predictions.csv`)),
    coefficients: byFirstColumn(e2e(`${endpoint}_coefficients_train6_raw.csv`)),
  };
}

function byFirstColumn(csv: string): Map<string, Record<string, number>> {
  const table = parseTable(csv, 'reference');
  return new Map(
    table.rows.map((row) => [row[0] as string, Object.fromEntries(table.columns.map((column, j) => [column, Number(row[j])]))]),
  );
}
