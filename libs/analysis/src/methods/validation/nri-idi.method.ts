import type { Json } from '@cohortium/kernel';
import { discriminationSlope, integratedDiscrimination, netReclassification, reclassificationCaveat } from '@cohortium/validation';
import type { JointCounts, NetReclassification, PairDifferences, ProbabilitySums, ReclassificationFigure } from '@cohortium/validation';
import { z } from 'zod';
import type { Method } from '../method.js';
import { because, bounds, byName, num } from './json.js';
import {
  columnQueries,
  eachOutcome,
  evaluationOf,
  leavesOf,
  pairsOf,
  pairsSchema,
  probabilityShape,
  scoreEntries,
  scoreNames,
} from './score-params.js';

const params = z.strictObject({
  ...probabilityShape,
  missing: z
    .enum(['jointly', 'perScore'])
    .default('jointly')
    .describe('Rows without a score: left out of all scores, or of the pairs with that score'),
  categories: z
    .array(z.number().gt(0).lt(1))
    .min(1)
    .max(50)
    .optional()
    .describe('Borders of the risk categories, ascending; a probability at a border is in the upper category. None: continuous NRI only'),
  pairs: pairsSchema.describe('Pairs of scores, the old model first; default: all in the order of scores'),
});

/** Net reclassification and integrated discrimination improvement, with their caveat. */
export const nriIdi: Method<z.output<typeof params>> = {
  name: 'nri-idi',
  title: {
    en: 'net reclassification and integrated discrimination improvement (on request, with a caveat)',
    zh: '净重分类与综合判别改善（按需提供，附注意事项）',
  },
  params,
  leaves: leavesOf('joint', 'differences', 'probabilitySums'),
  definition: () =>
    `Events and non-events apart. Categorical NRI with multinomial variances; continuous NRI counts any rise or fall; IDI: mean rise among events plus mean fall among non-events, variance from paired differences (Pencina et al. 2008, 2011). log_loss_difference: new less old, negative is better. Caveat: ${reclassificationCaveat}`,
  run: (context, p) =>
    eachOutcome(p, async (outcome): Promise<Record<string, Json>> => {
      const names = scoreNames(p);
      const pairs = pairsOf(names, p.pairs);
      const { source, entryCount } = evaluationOf(context, scoreEntries(context.table, p, outcome));
      const { federation, scope } = context;
      // Scores that are no probabilities are refused here.
      const { value: sums } = await federation.sum(columnQueries.probabilitySums, { source, entryCount }, scope);
      const { value: moved } = await federation.sum(columnQueries.differences, { source, pairs }, scope);
      const edges = Float64Array.from(new Set(p.categories ?? [])).sort();
      const tables = p.categories ? pairs.map(([first, second]) => ({ first, second, firstEdges: edges, secondEdges: edges })) : [];
      const crossed = tables.length > 0 ? (await federation.sum(columnQueries.joint, { source, tables }, scope)).value : [];
      return {
        caveat: reclassificationCaveat,
        pairs: byName(
          pairs.map(([a, b]) => `${names[a]} vs ${names[b]}`),
          (_, k) => pairResult(moved[k] as PairDifferences, crossed[k], pairs[k]?.map((at) => sums[at] as ProbabilitySums) ?? []),
        ),
      };
    }),
};

function pairResult({ events, others }: PairDifferences, table: JointCounts | undefined, slopes: readonly ProbabilitySums[]): Json {
  const idi = integratedDiscrimination(events, others);
  const continuous = netReclassification(signTable({ events, others }));
  const n = events.participants + others.participants;
  const infinite = events.infiniteLoss + others.infiniteLoss;
  const loss = (events.loss + others.loss) / n;
  const lossSe = Math.sqrt(((events.loss2 + others.loss2) / n - loss * loss) / (n - 1));
  return {
    n,
    events: events.participants,
    idi: { ...(improvement(idi.total) as Record<string, Json>), events: improvement(idi.ofEvents), non_events: improvement(idi.ofOthers) },
    discrimination_slopes: slopes.map((sums) => num(discriminationSlope(sums))),
    nri_continuous: reclassified(continuous),
    nri_categorical: table
      ? {
          ...(reclassified(netReclassification(table)) as Record<string, Json>),
          table_events: square(table.positives, table.rows),
          table_non_events: square(table.negatives, table.rows),
        }
      : null,
    log_loss_difference:
      infinite > 0 ? { estimate: null, se: null, reason: 'infinitePredictor' } : { estimate: num(loss), se: num(lossSe) },
    ...because(events.participants === 0 || others.participants === 0 ? 'tooFewEvents' : undefined),
  };
}

/** A rise counts as a move into the second of two categories, a fall as one out of it. */
function signTable({ events, others }: PairDifferences): JointCounts {
  const counts = ({ participants, up, down }: PairDifferences['events']) => Float64Array.of(participants - up - down, up, down, 0);
  return { rows: 2, columns: 2, positives: counts(events), negatives: counts(others) };
}

function reclassified({ ofEvents, ofOthers, total, eventsUp, eventsDown, othersUp, othersDown }: NetReclassification): Json {
  return {
    ...(improvement(total) as Record<string, Json>),
    events: { ...(improvement(ofEvents) as Record<string, Json>), up: eventsUp, down: eventsDown },
    non_events: { ...(improvement(ofOthers) as Record<string, Json>), up: othersUp, down: othersDown },
  };
}

function improvement({ estimate, standardError, interval, z: statistic, p }: ReclassificationFigure): Json {
  return { estimate: num(estimate), se: num(standardError), ci95: bounds(interval), z: num(statistic), p: num(p) };
}

function square(counts: Float64Array, rows: number): Json {
  const columns = counts.length / rows;
  return Array.from({ length: rows }, (_, a) => [...counts.subarray(a * columns, (a + 1) * columns)]);
}
