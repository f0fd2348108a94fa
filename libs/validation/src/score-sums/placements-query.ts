import { frozenSchema, statisticWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import { cellOf } from './cells-query.js';
import type { Edges } from './cells-query.js';
import { takesPart } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import { addTo, count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** Placements by cell of every entry, less the AUC of the entry. */
export interface CellPlacements {
  /** Borders of the cells of each entry. */
  readonly edges: Edges;
  /** Of a positive in each cell: share of negatives below, ties half, less the AUC. */
  readonly ofPositives: readonly Float64Array[];
  /** Of a negative in each cell: share of positives above, ties half, less the AUC. */
  readonly ofNegatives: readonly Float64Array[];
}

/** Parameters of {@link placementsQuery}. */
export interface PlacementsParams<S> extends SourceParams<S> {
  readonly placements: Frozen<CellPlacements>;
  /** Entries whose placements are multiplied with each other; a row takes part where it has all scores of the group. */
  readonly groups: readonly (readonly number[])[];
}

/** Sums of placements and of their products over one class. */
export interface PlacementSums {
  readonly participants: number;
  /** One per entry of the group. */
  readonly first: Float64Array;
  /** Row-major, entries x entries. */
  readonly products: Float64Array;
}

/** {@link PlacementSums} of both classes of one group. */
export interface GroupPlacements {
  readonly positives: PlacementSums;
  readonly negatives: PlacementSums;
}

const perClass = (entries: number) => 1 + entries + (entries * (entries + 1)) / 2;

/**
 * Second round of the federated DeLong test: sites turn each participant into placements by the cells of round one and return sums and
 * cross products, by class. Source: DeLong, DeLong & Clarke-Pearson 1988, doi 10.2307/2531595.
 */
export function placementsQuery<S>(source: ScoreSource<S>): SumQuery<PlacementsParams<S>, readonly GroupPlacements[]> {
  return sourceQuery<S, PlacementsParams<S>, readonly GroupPlacements[]>(source, {
    name: 'placements',
    words: statisticWords,
    shape: {
      placements: frozenSchema(
        z.strictObject({ edges: z.custom<Edges>(isEdges), ofPositives: z.array(vectorSchema), ofNegatives: z.array(vectorSchema) }),
      ),
      groups: z.array(z.array(z.int().min(0)).min(1).max(256)).max(4096),
    },
    length: ({ groups }) => groups.reduce((n, group) => n + 2 * perClass(group.length), 0),
    add: (out, entries, { placements, groups }) => {
      let base = 0;
      for (const group of groups) {
        addGroup(out, base, entries, placements.value, group);
        base += 2 * perClass(group.length);
      }
    },
    read: (total, { groups }) => {
      let base = 0;
      return groups.map(({ length }) => {
        const positives = readClass(total, base, length);
        const negatives = readClass(total, base + perClass(length), length);
        base += 2 * perClass(length);
        return { positives, negatives };
      });
    },
  });
}

function isEdges(value: unknown): boolean {
  return Array.isArray(value) && value.every((edges) => edges instanceof Float64Array);
}

function addGroup(out: Float64Array, base: number, entries: readonly ScoredRows[], cells: CellPlacements, group: readonly number[]): void {
  const members = group.map((e) => entries[e] as ScoredRows);
  const first = members[0];
  if (!first) return;
  const values = new Float64Array(group.length);
  for (let i = 0; i < first.score.length; i++) {
    if (!members.every((entry) => takesPart(entry, i))) continue;
    const isPositive = first.outcome[i] === 1;
    for (let k = 0; k < group.length; k++) {
      const e = group[k] as number;
      const table = (isPositive ? cells.ofPositives[e] : cells.ofNegatives[e]) as Float64Array;
      values[k] = table[cellOf(cells.edges[e] as Float64Array, members[k]?.score[i] as number)] as number;
    }
    addProducts(out, base + (isPositive ? 0 : perClass(group.length)), values);
  }
}

function addProducts(out: Float64Array, base: number, values: Float64Array): void {
  const size = values.length;
  count(out, base);
  let at = base + 1 + size;
  for (let a = 0; a < size; a++) {
    addTo(out, base + 1 + a, values[a] as number);
    for (let b = 0; b <= a; b++) addTo(out, at++, (values[a] as number) * (values[b] as number));
  }
}

function readClass(total: Float64Array, base: number, size: number): PlacementSums {
  const products = new Float64Array(size * size);
  let at = base + 1 + size;
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      products[a * size + b] = total[at] as number;
      products[b * size + a] = total[at++] as number;
    }
  }
  return { participants: total[base] as number, first: total.slice(base + 1, base + 1 + size), products };
}
