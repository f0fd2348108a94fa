import type { MethodContext } from '../method.js';
import { levelAt } from '../names.js';
import { needColumn } from '../params.js';
import { refuse } from './model-design.js';

/** How the outcome is read: numbers as they are, one value or category as the event. @throws `METHOD.REFUSED` */
export function binaryOutcome(
  method: string,
  { table }: Pick<MethodContext, 'table'>,
  name: string,
  positive: string | number | undefined,
): { readonly column: string; readonly code: number | null } {
  const { kind, levels } = needColumn(table, name);
  if (kind === 'number') {
    if (positive === undefined) return { column: name, code: null };
    const code = Number(positive);
    if (!Number.isInteger(code) || code < 0) throw refuse(method, 'positive must be a whole number from 0 for an outcome of numbers');
    return { column: name, code };
  }
  if (positive === undefined && levels.length !== 2)
    throw refuse(method, `name the level of "${name}" that counts as the event in positive`);
  const code = positive === undefined ? 1 : levelAt(levels, positive);
  if (code < 0) throw refuse(method, `the outcome "${name}" has no level "${positive}"`);
  return { column: name, code };
}
