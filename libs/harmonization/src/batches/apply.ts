import type { CohortRows } from '@cohortium/federation';
import type { Frozen } from '@cohortium/kernel';
import type { BatchEffects } from '../empirical-bayes/shrink.js';
import type { BatchData, BatchSource } from './data.js';
import { activeColumns, expectedAt } from './model.js';
import type { BatchModel } from './model.js';
import { scalingOf } from './site-effects.js';
import { standardData } from './scaling.js';
import type { StandardData } from './scaling.js';

/**
 * Harmonized rows in raw units, row-major like the source: y* = (z - gammaStar) / sqrt(deltaStar) * sqrt(varPooled) + grandMean + x B.
 * Rows of a reference batch and columns that the model passes come out unchanged to the bit; rows without batch or with a missing
 * covariate, and rows of a batch that has no effects, are NaN in the columns that are harmonized; missing cells stay missing.
 * @param effects by position of the batch
 * Source: Johnson, Li & Rabinovic, Biostatistics 2007, doi 10.1093/biostatistics/kxj037, section 3.3.
 */
export function harmonizedRows<R>(
  rows: CohortRows,
  source: BatchSource<R>,
  recipe: Frozen<R>,
  model: Frozen<BatchModel>,
  effects: (batch: number) => Pick<BatchEffects, 'gammaStar' | 'deltaStar'> | undefined,
): Float64Array {
  const raw = source.dataOf(rows, recipe);
  const data = standardData(rows, source, recipe, scalingOf(model));
  const out = raw.values.slice();
  const p = raw.columnCount;
  const active = activeColumns(model.value);
  for (let i = 0; i < raw.rowCount; i++) {
    const batch = raw.batch[i] as number;
    if (raw.usable[i] === 1 && batch === model.value.reference) continue;
    const own = raw.usable[i] === 1 ? effects(batch) : undefined;
    for (const f of active) out[i * p + f] = own ? adjusted(data, model.value, own, i, f, raw) : NaN;
  }
  return out;
}

function adjusted(
  data: StandardData,
  model: BatchModel,
  { gammaStar, deltaStar }: Pick<BatchEffects, 'gammaStar' | 'deltaStar'>,
  row: number,
  column: number,
  raw: BatchData,
): number {
  const at = row * raw.columnCount + column;
  const gamma = gammaStar[column] as number;
  const delta = deltaStar[column] as number;
  if (gamma === 0 && delta === 1) return raw.values[at] as number;
  const expected = expectedAt(data, model, row, column);
  const shift = Math.sqrt(model.varPooled[column] as number) * gamma;
  const value = ((data.values[at] as number) - expected - shift) / Math.sqrt(delta) + expected;
  return (model.scaling.center[column] as number) + (model.scaling.scale[column] as number) * value;
}

/** Residuals after harmonization in units of the pooled SD, z* = (z - gammaStar) / sqrt(deltaStar), row-major; NaN as above. */
export function harmonizedResiduals(
  data: StandardData,
  model: BatchModel,
  effects: (batch: number) => Pick<BatchEffects, 'gammaStar' | 'deltaStar'> | undefined,
): Float64Array {
  const p = data.columnCount;
  const out = new Float64Array(data.rowCount * p).fill(NaN);
  const active = activeColumns(model);
  for (let i = 0; i < data.rowCount; i++) {
    const own = data.usable[i] === 1 ? effects(data.batch[i] as number) : undefined;
    if (!own) continue;
    for (const f of active) {
      const z = ((data.values[i * p + f] as number) - expectedAt(data, model, i, f)) / Math.sqrt(model.varPooled[f] as number);
      out[i * p + f] = (z - (own.gammaStar[f] as number)) / Math.sqrt(own.deltaStar[f] as number);
    }
  }
  return out;
}
