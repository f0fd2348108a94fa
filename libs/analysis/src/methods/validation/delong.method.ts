import type { Json } from '@cohortium/kernel';
import { compareDiscrimination, delongInterval, holm, pairedDelong, unpairedDelong, valueOf } from '@cohortium/validation';
import type { ColumnEntry, Discrimination, PairedDelong, SiteFigures } from '@cohortium/validation';
import { z } from 'zod';
import type { Method, MethodContext } from '../method.js';
import { siteAt } from '../names.js';
import { certificate, gridWords } from './auc.method.js';
import { because, bounds, byName, num } from './json.js';
import {
  columnQueries,
  eachOutcome,
  evaluationOf,
  gridOf,
  gridShape,
  leavesOf,
  pairsOf,
  pairsSchema,
  refuse,
  scoreEntries,
  scoreNames,
  scoredShape,
  withExactChoice,
} from './score-params.js';
import { siteSummaries } from './site-results.js';

const { missing: _, ...shape } = scoredShape;
const params = z.strictObject({
  ...shape,
  ...gridShape,
  missing: z
    .enum(['perPair', 'jointly'])
    .default('perPair')
    .describe('Rows without a score: left out of the pairs with that score (as pROC does), or (jointly) of all pairs'),
  pairs: pairsSchema,
  unpaired: z
    .union([z.tuple([z.string(), z.string()]), z.array(z.tuple([z.string(), z.string()])).min(1)])
    .optional()
    .describe('Two sites, or several pairs of sites, whose AUCs are compared for every score (site summaries)'),
});
type Params = z.output<typeof params>;

/** DeLong's tests of AUCs. */
export const delong: Method<Params> = {
  name: 'delong',
  title: {
    en: 'DeLong tests: two scores on the same participants, one score at two sites',
    zh: 'DeLong 检验：同一人群两种得分、两个中心同一得分',
  },
  params,
  leaves: leavesOf('counts', 'scale', 'cells', 'branches', 'keySums', 'placements', 'siteDiscrimination'),
  definition: (p) =>
    `Paired: z = (AUC1 - AUC2) / sqrt(V1 + V2 - 2 C) with DeLong variances and covariance, two-sided normal p, Wald interval (pROC roc.test, paired). Two steps over sites: class counts on the grid, then sums of placements and their cross products. ${gridWords(p)} Unpaired: D = (A - B) / sqrt(V_A + V_B) against t with Welch-Satterthwaite degrees of freedom (pROC), from the exact AUCs of the sites. p_holm: Holm's adjustment over all pairs of the request. For nested models DeLong's test is conservative: use a likelihood-ratio test first.`,
  run: (context, given) => {
    const p = withExactChoice(given, context.scope);
    return eachOutcome(p, async (outcome) => ({
      ...(await pairedResults(context, p, outcome)),
      ...(await unpairedResults(context, p, outcome)),
    }));
  },
};

async function pairedResults(context: MethodContext, p: Params, outcome: string): Promise<Record<string, Json>> {
  const names = scoreNames(p);
  const pairs = pairsOf(names, p.pairs);
  const joint = scoreEntries(context.table, { ...p, missing: 'jointly' }, outcome);
  if (pairs.length === 0) return { scores: {}, paired_delong: {} };
  const separate = p.missing === 'perPair' && names.length > 2 && (await pairsDiffer(context, joint, pairs));
  const entries = separate ? pairs.flatMap(([a, b]) => pairEntries(joint, a, b)) : joint;
  const groups = separate ? pairs.map((__, k) => [2 * k, 2 * k + 1]) : [[...names.keys()]];
  const { entries: found, covariances } = await compareDiscrimination(evaluationOf(context, entries), gridOf(p), groups);
  const tests = pairs.map(([a, b], k) => {
    const [first, second] = separate ? ([2 * k, 2 * k + 1] as const) : ([a, b] as const);
    const matrix = covariances[separate ? k : 0] as Float64Array;
    const size = separate ? 2 : names.length;
    const [i, j] = separate ? [0, 1] : [a, b];
    const results = [found[first] as Discrimination, found[second] as Discrimination] as const;
    const variances = [matrix[i * size + i] as number, matrix[j * size + j] as number] as const;
    return { results, test: pairedDelong([results[0].auc.auc, results[1].auc.auc], variances, matrix[i * size + j] as number) };
  });
  const adjusted = holm(tests.map(({ test }) => test.p));
  const labels = pairs.map(([a, b]) => `${names[a]} vs ${names[b]}`);
  return {
    ...(!separate && { scores: byName(names, (__, k) => scoreResult(found[k] as Discrimination)) }),
    paired_delong: byName(labels, (__, k) => pairResult(tests[k] as (typeof tests)[number], adjusted[k] as number)),
  };
}

/** The two scores of a pair over the rows that have both. */
function pairEntries(joint: readonly ColumnEntry[], a: number, b: number): ColumnEntry[] {
  const [first, second] = [joint[a] as ColumnEntry, joint[b] as ColumnEntry];
  return [
    { ...first, needs: [second.score] },
    { ...second, needs: [first.score] },
  ];
}

/** Whether some pair has rows that not all scores have. */
async function pairsDiffer(
  context: MethodContext,
  joint: readonly ColumnEntry[],
  pairs: readonly (readonly [number, number])[],
): Promise<boolean> {
  const entries = [...joint.slice(0, 1), ...pairs.map(([a, b]) => pairEntries(joint, a, b)[0] as ColumnEntry)];
  const { federation, scope, source, queries } = evaluationOf(context, entries);
  const { value } = await federation.sum(queries.counts, { source, entryCount: entries.length }, scope);
  return value.some(({ participants }) => participants !== value[0]?.participants);
}

function scoreResult({ auc }: Discrimination): Json {
  return {
    n: auc.positives + auc.negatives,
    n_pos: auc.positives,
    auc: num(auc.auc),
    delong_var: num(auc.variance),
    delong_se: num(Math.sqrt(auc.variance)),
    ci95_delong: bounds(delongInterval(auc)),
    certificate: certificate(auc.auc, auc.certificateHalfWidth),
  };
}

function pairResult(
  { results: [first, second], test }: { results: readonly [Discrimination, Discrimination]; test: PairedDelong },
  adjusted: number,
): Json {
  return {
    n: first.auc.positives + first.auc.negatives,
    n_pos: first.auc.positives,
    auc: [num(first.auc.auc), num(second.auc.auc)],
    difference: num(test.difference),
    se_difference: num(test.standardError),
    ci95_difference: bounds(test.interval),
    covariance: num(test.covariance),
    z: num(test.z),
    p: num(test.p),
    p_holm: num(adjusted),
    certificate_half_widths: [num(first.auc.certificateHalfWidth), num(second.auc.certificateHalfWidth)],
    ...because(
      Number.isFinite(test.p)
        ? test.interval
          ? undefined
          : 'noVariance'
        : first.auc.positives < 2 || first.auc.negatives < 2
          ? 'tooFewEvents'
          : 'noVariance',
    ),
  };
}

async function unpairedResults(context: MethodContext, p: Params, outcome: string): Promise<Record<string, Json>> {
  if (!p.unpaired) return {};
  const named = (typeof p.unpaired[0] === 'string' ? [p.unpaired] : p.unpaired) as readonly (readonly [string, string])[];
  const pairs = named.map((pair) => pair.map((name) => siteNamed(context.scope.sites, name)) as unknown as readonly [string, string]);
  const names = scoreNames(p);
  const { source } = evaluationOf(context, scoreEntries(context.table, { ...p, missing: 'perScore' }, outcome));
  const { federation, scope } = context;
  const asked = scope.sites.filter((site) => pairs.some((pair) => pair.includes(site)));
  const answers = siteSummaries(
    await federation.summaries(columnQueries.siteDiscrimination, { source, minimumEvents: 2, rocSteps: 0 }, { ...scope, sites: asked }),
  );
  const at = (site: string, k: number) => siteEstimate(answers.get(site)?.[k] as SiteFigures);
  return {
    unpaired_delong: byName(names, (__, k) =>
      pairs.map(([a, b]) => {
        const test = unpairedDelong(at(a, k), at(b, k));
        return {
          sites: [a, b],
          auc: [num(at(a, k).auc), num(at(b, k).auc)],
          difference: num(test.difference),
          ci95_difference: bounds(test.interval),
          d: num(test.d),
          df: num(test.df),
          p: num(test.p),
          ...because(Number.isFinite(test.p) ? undefined : 'tooFewEvents'),
        };
      }),
    ),
  };
}

/** The code of a site that a parameter names. @throws `METHOD.REFUSED` */
function siteNamed(sites: readonly string[], name: string): string {
  const site = sites[siteAt(sites, name)];
  if (site === undefined) throw refuse(`there is no site "${name}"; there are ${sites.join(', ')}`);
  return site;
}

function siteEstimate(figures: SiteFigures) {
  const positives = valueOf(figures['events']);
  const all = valueOf(figures['participants']);
  return { auc: valueOf(figures['auc']), variance: valueOf(figures['variance']), positives, negatives: all - positives };
}
