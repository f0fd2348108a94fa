import type { Figure, SummaryQuery } from '@cohortium/federation';
import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodRawShape, ZodType } from 'zod';
import { figureSchema } from '../figures.js';
import { sourceRows } from './score-source.js';
import type { ScoreSource, ScoredRows } from './score-source.js';
import type { SourceParams } from './source-query.js';

/** Figures of one entry at one site, by name. Each carries the counts it was made from; the gate compares and removes them. */
export type SiteFigures = Readonly<Record<string, Figure>>;

/** What a summary of a score source consists of. */
export interface SiteFiguresQuery<S, P extends SourceParams<S>> {
  readonly name: string;
  readonly shape: ZodRawShape;
  /** The figures of every entry, in their order. */
  readonly figures: (entries: readonly ScoredRows[], params: P) => readonly SiteFigures[];
}

/** A site summary of figures per entry, under a clause of kind siteSummary. */
export function siteFiguresQuery<S, P extends SourceParams<S>>(
  source: ScoreSource<S>,
  query: SiteFiguresQuery<S, P>,
): SummaryQuery<P, Json> {
  const operation = `${source.prefix}-${query.name}`;
  return {
    kind: 'siteSummary',
    operation,
    version: 1,
    params: z.strictObject({ source: source.schema, ...query.shape }) as unknown as ZodType<P>,
    value: z.array(z.record(z.string(), figureSchema)) as unknown as ZodType<Json>,
    local: (rows, params) => query.figures(sourceRows(source, operation, rows, params.source), params) as unknown as Json,
  };
}

/** A figure that is shown, with the counts behind it; `error` with this reason where the number does not exist. */
export function figureOf(value: number, cells: readonly number[], reason = 'notConverged', low?: number, high?: number): Figure {
  if (!Number.isFinite(value)) return { state: 'error', reason };
  const bounds = low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) ? { low, high } : {};
  return { state: 'ok', value, ...bounds, cells };
}

/** The value of a figure; NaN where it is not shown. */
export function valueOf(figure: Figure | undefined): number {
  return figure?.state === 'ok' ? figure.value : NaN;
}

/** Why a figure is not shown; undefined where it is. */
export function reasonOf(figure: Figure | undefined): string | undefined {
  return figure === undefined || figure.state === 'ok' ? undefined : (figure.reason ?? figure.state);
}
