import type { SeededRandom } from '@cohortium/numerics';
import type { Layout } from './tables.js';

/** One method with parameters, run federated and pooled on made-up tables. */
export interface EquivalenceCase {
  readonly method: string;
  /** What is varied: `binomial, offset`. */
  readonly label: string;
  readonly params: unknown;
  /** A table other than `madeTable`; CSV with the columns `id` and `site`. */
  readonly table?: (random: SeededRandom, layout: Layout) => string;
  /** Layouts that the method does not apply to, by name of their property: a refusal there is tested elsewhere. */
  readonly without?: readonly ('oneClass' | 'missingColumn' | 'tiny')[];
  /** The case is about fits that do not exist. */
  readonly unfitted?: true;
  /** Largest difference allowed, relative to the larger of the pooled value and its scale; 1e-10 unless there is a reason. */
  readonly tolerance?: number;
  /** Why the tolerance is wider than 1e-10. */
  readonly reason?: string;
  /** Scale of the numbers below a path that matches, where it is not 1: `[/^columns\.\d+\.mean/, 1e6]`. */
  readonly scales?: readonly (readonly [RegExp, number])[];
}
