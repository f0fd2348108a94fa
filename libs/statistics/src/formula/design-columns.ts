import { interceptTerm } from '../model-matrix/model-matrix.js';
import type { Factor, Term } from '../model-matrix/model-matrix.js';
import type { Formula, FormulaVariable } from './formula.js';

/** What a column holds. */
export type ColumnContent =
  | { readonly kind: 'number' }
  /** Levels in order, the reference first; `codes` are the values that stand for them in the rows. */
  | { readonly kind: 'category'; readonly levels: readonly string[]; readonly codes: readonly number[] }
  /** The site of a row; a fixed site effect. */
  | { readonly kind: 'site'; readonly levels: readonly string[] };

/** A formula as columns of a model matrix. */
export interface DesignColumns {
  /** Intercept first, if there is one. */
  readonly columns: readonly Term[];
  /** Of each column the position of its term in the formula, -1 for the intercept. */
  readonly termOf: readonly number[];
  /** Labels of the terms as R prints them: `hr:her2`. */
  readonly termLabels: readonly string[];
}

/** One column that a variable contributes to a term. */
interface Part {
  readonly label: string;
  readonly factors: readonly Factor[];
}

/**
 * Columns of a formula with R's treatment contrasts: a category is coded by indicators of all levels but the first where the term without
 * it is in the model, else by indicators of all levels; without intercept the first category has all levels. Names as R gives them.
 * Source: Chambers & Hastie, Statistical Models in S, 1992, page 38; R's `terms.formula` and `model.matrix`.
 * @param contentOf what the column of a variable holds
 */
export function designColumns(formula: Formula, contentOf: (variable: FormulaVariable) => ColumnContent): DesignColumns {
  const contents = formula.variables.map((variable) =>
    typeof variable.content === 'string' ? contentOf(variable) : { kind: 'number' as const },
  );
  const isCategory = (v: number) => contents[v]?.kind !== 'number';
  const firstOfAll = formula.intercept ? -1 : formula.terms.findIndex((term) => term.some(isCategory));
  const columns: Term[] = formula.intercept ? [interceptTerm] : [];
  const termOf: number[] = formula.intercept ? [-1] : [];
  formula.terms.forEach((term, t) => {
    const whole = t === firstOfAll ? term.find(isCategory) : undefined;
    const parts = term.map((v) => {
      const full = v === whole || !isMarginPresent(formula, t, v);
      return partsOf(formula.variables[v] as FormulaVariable, contents[v] as ColumnContent, full);
    });
    for (const { label, factors } of crossed(parts)) {
      columns.push({ name: label, factors: [...factors] });
      termOf.push(t);
    }
  });
  const termLabels = formula.terms.map((term) => term.map((v) => formula.variables[v]?.label ?? '').join(':'));
  return { columns, termOf, termLabels };
}

/** True where the term without a variable is empty or inside of an earlier term. */
function isMarginPresent({ terms }: Formula, t: number, v: number): boolean {
  const margin = (terms[t] as readonly number[]).filter((other) => other !== v);
  return margin.length === 0 || terms.slice(0, t).some((earlier) => margin.every((other) => earlier.includes(other)));
}

function partsOf(variable: FormulaVariable, content: ColumnContent, full: boolean): Part[] {
  const { label } = variable;
  const column = variable.columns[0] as string;
  if (content.kind === 'number') return [{ label, factors: typeof variable.content === 'string' ? [{ column }] : variable.content }];
  const parts = content.levels.map((level, k) => ({
    label: `${label}${level}`,
    factors: [content.kind === 'site' ? { site: level } : { column, code: content.codes[k] as number }],
  }));
  return full ? parts : parts.slice(1);
}

/** Products of one part of each variable, the first variable running fastest. */
function crossed(parts: readonly (readonly Part[])[]): readonly Part[] {
  const [first = [], ...others] = parts;
  return others.reduce(
    (before, next) =>
      next.flatMap((right) =>
        before.map((left) => ({ label: `${left.label}:${right.label}`, factors: [...left.factors, ...right.factors] })),
      ),
    first,
  );
}
