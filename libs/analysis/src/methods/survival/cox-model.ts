import type { SurvivalSpec } from '@cohortium/statistics';
import { deparse, parseFormula } from '@cohortium/statistics';
import type { Expression } from '@cohortium/statistics';
import type { TableShape } from '../method.js';
import { nameModel, refuse } from '../regression/model-design.js';
import type { NamedModel } from '../regression/model-design.js';
import type { ModelKeys } from '../regression/model-params.js';
import { nameStrata, survivalSpec } from './survival-params.js';
import type { NamedStrata, TimeKeys } from './survival-params.js';

/** Keys of the parameters that name a Cox model. */
export interface CoxKeys extends Omit<ModelKeys, 'outcome' | 'site_effects'>, TimeKeys {
  readonly time?: string | undefined;
  readonly event?: string | undefined;
  readonly event_value?: string | number | undefined;
  readonly strata?: string | readonly string[] | undefined;
}

/** A Cox model by name. */
export interface NamedCox {
  readonly named: NamedModel;
  readonly spec: SurvivalSpec;
  readonly strata: NamedStrata;
}

/** Names in `Surv(time, event)` or `Surv(time, event == value)`. */
function survOf(response: Expression | null): { time: string; event: string } | null {
  if (response === null) return null;
  const [time, event, third] = response.kind === 'call' && response.name === 'Surv' ? response.args : [];
  if (third !== undefined) throw refuse('cox', 'Surv(start, stop, event) is not possible: every participant is observed from time 0 on');
  if (time?.kind !== 'name' || event?.kind !== 'name')
    throw refuse('cox', `the left side must be Surv(time, event), not ${deparse(response)}`);
  return { time: time.name, event: event.name };
}

/** Strata that the formula names, before the table is known. */
export function namedCox(keys: CoxKeys): { readonly strata: readonly string[] };
/** The model of the parameters. @throws `METHOD.REFUSED`, `STATISTICS.BAD_FORMULA` */
export function namedCox(keys: CoxKeys, table: TableShape): NamedCox;
export function namedCox(keys: CoxKeys, table?: TableShape): NamedCox | { readonly strata: readonly string[] } {
  if (!table) return { strata: (keys.formula === undefined ? [] : parseFormula(keys.formula).strata).filter((name) => name !== 'site') };
  const surv = survOf(keys.formula === undefined ? null : parseFormula(keys.formula).response);
  const time = keys.time ?? surv?.time;
  const event = keys.event ?? surv?.event;
  const spec = survivalSpec('cox', table, { time, event, event_value: keys.event_value });
  const model = { ...keys, site_effects: false, outcome: keys.formula === undefined ? spec.time : undefined };
  const given = [keys.strata ?? []].flat();
  const named = nameModel('cox', model, table, [spec.time, spec.event.column, ...given]);
  if (named.formula.offsets.length > 0) throw refuse('cox', 'an offset is not possible');
  const inFormula = named.formula.strata;
  const hasTimes = keys.exact_times || keys.grid !== undefined;
  const strata = nameStrata(
    [
      ...(keys.strata === undefined
        ? hasTimes || (inFormula.length > 0 && inFormula.includes('site'))
          ? []
          : ['site']
        : given.filter((name) => name !== 'none')),
      ...inFormula,
    ],
    table,
  );
  const right = named.text.slice(named.text.indexOf('~') + 1).trim();
  return { named: { ...named, text: `Surv(${spec.time}, ${spec.event.column}) ~ ${right}` }, spec, strata };
}
