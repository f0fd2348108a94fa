import { countWords, vectorSchema } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { z } from 'zod';
import { cellOf } from './cells-query.js';
import { takesPart } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import { count, sourceQuery } from './source-query.js';
import type { SourceParams } from './source-query.js';

/** A cross table of two entries at declared cuts; a cut belongs to the cell above it. */
export interface JointTable {
  readonly first: number;
  readonly second: number;
  readonly firstEdges: Float64Array;
  readonly secondEdges: Float64Array;
}

/** Parameters of {@link jointQuery}. */
export interface JointParams<S> extends SourceParams<S> {
  readonly tables: readonly JointTable[];
}

/** Counts of a cross table by class: row-major, cells of the first entry x cells of the second. */
export interface JointCounts {
  readonly rows: number;
  readonly columns: number;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

const sizeOf = ({ firstEdges, secondEdges }: JointTable) => (firstEdges.length + 1) * (secondEdges.length + 1);

/** Participants by class and by the cells of two scores: McNemar, kappa, reclassification, differences of net benefit. */
export function jointQuery<S>(source: ScoreSource<S>): SumQuery<JointParams<S>, readonly JointCounts[]> {
  return sourceQuery<S, JointParams<S>, readonly JointCounts[]>(source, {
    name: 'joint-cells',
    words: countWords,
    shape: {
      tables: z
        .array(z.strictObject({ first: z.int().min(0), second: z.int().min(0), firstEdges: vectorSchema, secondEdges: vectorSchema }))
        .max(65_536),
    },
    length: ({ tables }) => tables.reduce((n, table) => n + 2 * sizeOf(table), 0),
    add: (out, entries, { tables }) => {
      let base = 0;
      for (const table of tables) {
        addTable(out, base, entries, table);
        base += 2 * sizeOf(table);
      }
    },
    read: (total, { tables }) => {
      let base = 0;
      return tables.map((table) => {
        const size = sizeOf(table);
        const counts = {
          rows: table.firstEdges.length + 1,
          columns: table.secondEdges.length + 1,
          positives: total.slice(base, base + size),
          negatives: total.slice(base + size, base + 2 * size),
        };
        base += 2 * size;
        return counts;
      });
    },
  });
}

function addTable(out: Float64Array, base: number, entries: readonly ScoredRows[], table: JointTable): void {
  const first = entries[table.first] as ScoredRows;
  const second = entries[table.second] as ScoredRows;
  const columns = table.secondEdges.length + 1;
  for (let i = 0; i < first.score.length; i++) {
    if (!takesPart(first, i) || !takesPart(second, i)) continue;
    const cell = cellOf(table.firstEdges, first.score[i] as number) * columns + cellOf(table.secondEdges, second.score[i] as number);
    count(out, base + (first.outcome[i] === 1 ? 0 : sizeOf(table)) + cell);
  }
}
