import type { Json } from '@cohortium/kernel';
import { z } from 'zod';
import { analysisErrors } from '../errors.js';
import type { AnyMethod, TableColumn, TableShape } from './method.js';
import { methods } from './registry.js';

/** A method by its name. @throws `METHOD.UNKNOWN` */
export function findMethod(name: string): AnyMethod {
  const method = methods.get(name);
  if (!method) throw analysisErrors.error('METHOD.UNKNOWN', { name, known: [...methods.keys()].join(', ') });
  return method;
}

/** Parameters as the method reads them, defaults filled in. @throws `METHOD.BAD_PARAMS` */
export function parseMethodParams(method: AnyMethod, params: unknown): unknown {
  const parsed = method.params.safeParse(params);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw analysisErrors.error('METHOD.BAD_PARAMS', {
    name: method.name,
    path: issue?.path.join('.') || '(root)',
    reason: issue?.message ?? 'unknown',
  });
}

/** The parameters of a method as JSON Schema. */
export function methodParamsSchema(method: AnyMethod): Json {
  return z.toJSONSchema(method.params, { io: 'input', unrepresentable: 'any' }) as unknown as Json;
}

/** A column of the table. @throws `METHOD.NO_COLUMN` */
export function needColumn(table: TableShape, name: string): TableColumn {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (!column) throw analysisErrors.error('METHOD.NO_COLUMN', { column: name });
  return column;
}

/** A column of numbers. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC` */
export function needNumber(table: TableShape, name: string): TableColumn {
  const column = needColumn(table, name);
  if (column.kind !== 'number') throw analysisErrors.error('METHOD.NOT_NUMERIC', { column: name });
  return column;
}

/** The named columns, or every column of numbers where none is named, without those of `except`. @throws `METHOD.NO_COLUMN`, `METHOD.NOT_NUMERIC`, `METHOD.NO_NUMBERS` */
export function numberColumns(table: TableShape, named: readonly string[] | undefined, except: readonly string[] = []): string[] {
  if (named) return named.map((name) => needNumber(table, name).name);
  const found = table.columns.filter(({ name, kind }) => kind === 'number' && !except.includes(name)).map(({ name }) => name);
  if (found.length === 0) throw analysisErrors.error('METHOD.NO_NUMBERS', {});
  return found;
}
