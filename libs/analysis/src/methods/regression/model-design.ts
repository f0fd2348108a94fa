import type { Federation, RosterScope } from '@cohortium/federation';
import { designColumns, levelCountsQuery, parseFormula, quoteName } from '@cohortium/statistics';
import type { ColumnContent, Expression, Formula, FormulaVariable, Term } from '@cohortium/statistics';
import { analysisErrors } from '../../errors.js';
import type { TableShape } from '../method.js';
import { levelAt, siteAt } from '../names.js';
import { needColumn } from '../params.js';
import type { ModelKeys } from './model-params.js';

/** A model as its parameters name it, before anything is known about the rows. */
export interface NamedModel {
  /** As printed in results. */
  readonly text: string;
  readonly formula: Formula;
  /** Labels are plain column names where terms were listed, as R prints them where a formula was given. */
  readonly plainNames: boolean;
}

/** A model as columns. */
export interface ModelDesign {
  readonly text: string;
  /** Intercept first, if there is one. */
  readonly columns: readonly Term[];
  /** Of each column the position in {@link termLabels}, -1 for the intercept. */
  readonly termOf: readonly number[];
  readonly termLabels: readonly string[];
  /** Columns of the right-hand side. */
  readonly reads: readonly string[];
}

/** Refuses a method. */
export function refuse(name: string, reason: string): Error {
  return analysisErrors.error('METHOD.REFUSED', { name, reason });
}

/** Columns that are categories whatever their cells look like: named ones and those in `factor(...)`. */
export function modelCategories(keys: ModelKeys): string[] {
  const text = keys.formula ?? ['0', ...(keys.terms ?? []).filter((term) => /^(as\.)?factor\(/.test(term))].join(' + ');
  const inFormula = parseFormula(text).variables.flatMap(({ columns, content }) => (content === 'category' ? columns : []));
  return [...new Set([...keys.categories, ...inFormula])];
}

/**
 * Reads a model from its formula, or from outcome and terms.
 * @param others columns that a dot does not stand for: weights, offsets, times
 * @throws `METHOD.REFUSED`, `STATISTICS.BAD_FORMULA`
 */
export function nameModel(method: string, keys: ModelKeys, table: TableShape, others: readonly string[]): NamedModel {
  const { formula: given, outcome, terms } = keys;
  if (given !== undefined && (outcome !== undefined || terms !== undefined))
    throw refuse(method, 'give a formula, or an outcome and terms, but not both');
  if (given === undefined && outcome === undefined) throw refuse(method, 'it needs a formula, or an outcome with terms');
  const isKnown = (name: string) => name === table.siteColumn || table.columns.some((column) => column.name === name);
  const right = (terms ?? []).map((term) => (isKnown(term) ? quoteName(term) : term));
  const text = given ?? `${quoteName(outcome as string)} ~ ${right.length > 0 ? right.join(' + ') : '1'}`;
  const site = table.siteColumn !== undefined && !table.columns.some(({ name }) => name === 'site') ? table.siteColumn : 'site';
  const full = keys.site_effects && !mentionsSite(text, table) ? `${text} + ${quoteName(site)}` : text;
  const responses = parseFormula(full).response;
  const left = responses === null ? [] : namesIn(responses);
  const dot = table.columns.map(({ name }) => name).filter((name) => !left.includes(name) && !others.includes(name));
  const formula = parseFormula(full, dot);
  for (const { columns, content } of formula.variables)
    if (
      content === 'category' &&
      formula.variables.some((other) => other.content !== 'category' && other.columns.includes(columns[0] as string))
    )
      throw refuse(method, `the column "${columns[0]}" cannot be a category and a number in one model`);
  return { text: full, formula, plainNames: given === undefined };
}

function mentionsSite(text: string, table: TableShape): boolean {
  return parseFormula(text).variables.some(({ columns }) => columns.some((column) => isSite(column, table)));
}

/** True for the name of the site column, or `site` where no column is called so. */
export function isSite(name: string, table: TableShape): boolean {
  if (name === table.siteColumn) return true;
  return name === 'site' && !table.columns.some((column) => column.name === 'site');
}

/** The one column on the left side, also inside of `factor(...)` or `ordered(...)`. @throws `METHOD.REFUSED` */
export function responseColumn(method: string, { response }: Formula): string {
  let inner = response;
  while (
    inner?.kind === 'group' ||
    (inner?.kind === 'call' && ['factor', 'as.factor', 'ordered'].includes(inner.name) && inner.args.length === 1)
  )
    inner = inner.kind === 'group' ? inner.value : (inner.args[0] as Expression);
  if (inner?.kind !== 'name') throw refuse(method, 'the left side of the formula must be one column');
  return inner.name;
}

/** Columns of the outcome, before the table is known. */
export function outcomeNames({ formula, outcome }: Pick<ModelKeys, 'formula' | 'outcome'>): string[] {
  if (outcome !== undefined) return [outcome];
  const response = formula === undefined ? null : parseFormula(formula).response;
  return response === null ? [] : namesIn(response);
}

/** Names that an expression reads. */
export function namesIn(expression: Expression): string[] {
  if (expression.kind === 'name') return [expression.name];
  if (expression.kind === 'call') return expression.args.flatMap(namesIn);
  if (expression.kind === 'binary') return [...namesIn(expression.left), ...namesIn(expression.right)];
  return expression.kind === 'number' ? [] : namesIn(expression.value);
}

/**
 * Turns a named model into columns. Where it has categories or site effects, one round counts the complete rows of each level first: levels
 * without any are left out, as in R.
 * @param needs further columns that must be observed
 */
export async function designModel(
  { federation, scope, table }: { federation: Federation; scope: RosterScope; table: TableShape },
  { text, formula, plainNames }: NamedModel,
  keys: Pick<ModelKeys, 'reference'>,
  needs: readonly string[],
): Promise<ModelDesign> {
  const reads = [...new Set(formula.variables.flatMap(({ columns }) => columns))].filter((column) => !isSite(column, table));
  for (const column of [...reads, ...needs]) needColumn(table, column);
  const contents = new Map(formula.variables.map((variable) => [variable.label, contentOf(variable, table, scope, keys.reference)]));
  const counted = [...contents].filter(([, content]) => content.kind !== 'number');
  if (counted.length > 0) {
    const factors = counted.map(([label, content]) => {
      const variable = formula.variables.find((candidate) => candidate.label === label) as FormulaVariable;
      return content.kind === 'category'
        ? { column: variable.columns[0] as string, codes: [...content.codes] }
        : { sites: [...levelsOf(content)] };
    });
    const { value: counts } = await federation.sum(levelCountsQuery, { needs: [...new Set([...reads, ...needs])], factors }, scope);
    counted.forEach(([label, content], k) => contents.set(label, observedLevels(content, counts[k] as Float64Array)));
  }
  const named = plainNames ? { ...formula, variables: formula.variables.map(plainly) } : formula;
  const design = designColumns(
    named,
    (variable) => contents.get(formula.variables[named.variables.indexOf(variable)]?.label ?? '') as ColumnContent,
  );
  return { text, ...design, reads };
}

function plainly(variable: FormulaVariable): FormulaVariable {
  return variable.content === 'asIs' ? { ...variable, label: variable.columns[0] as string } : variable;
}

function contentOf(
  variable: FormulaVariable,
  table: TableShape,
  scope: RosterScope,
  reference: Readonly<Record<string, string>>,
): ColumnContent {
  const column = variable.columns[0] as string;
  if (typeof variable.content !== 'string') return { kind: 'number' };
  if (isSite(column, table)) return reordered({ kind: 'site', levels: scope.sites }, reference[column]);
  const { kind, levels } = needColumn(table, column);
  if (kind === 'number') return { kind };
  return reordered({ kind, levels, codes: [...levels.keys()] }, reference[column]);
}

function levelsOf(content: ColumnContent): readonly string[] {
  return content.kind === 'number' ? [] : content.levels;
}

/** The reference level first. @throws `METHOD.REFUSED` for a level that does not exist */
function reordered(content: ColumnContent, first: string | undefined): ColumnContent {
  if (first === undefined || content.kind === 'number') return content;
  const at = content.kind === 'site' ? siteAt(content.levels, first) : levelAt(content.levels, first);
  if (at < 0) throw refuse('the model', `there is no level "${first}"`);
  const order = [at, ...[...content.levels.keys()].filter((k) => k !== at)];
  return picked(content, order);
}

function observedLevels(content: ColumnContent, counts: Float64Array): ColumnContent {
  if (content.kind === 'number') return content;
  return picked(
    content,
    [...content.levels.keys()].filter((k) => (counts[k] as number) > 0),
  );
}

function picked(content: Exclude<ColumnContent, { kind: 'number' }>, order: readonly number[]): ColumnContent {
  const levels = order.map((k) => content.levels[k] as string);
  return content.kind === 'site'
    ? { kind: 'site', levels }
    : { kind: 'category', levels, codes: order.map((k) => content.codes[k] as number) };
}
