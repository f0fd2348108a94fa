import type { Results } from '@cohortium/analysis';
import { factOf, rqsPoints } from './facts.js';
import type { FactSection, FactState } from './facts.js';
import { checklistItems } from './items.js';
import type { ChecklistId, ChecklistItem } from './items.js';

/** Status of an item. `notAssessed`: only a person can say. */
export type ItemStatus = FactState | 'notAssessed';

/** An item with what the results say of it. */
export interface AssessedItem extends ChecklistItem {
  readonly status: ItemStatus;
  readonly section: FactSection | undefined;
  /** What a person must still do. */
  readonly person: 'nothing' | 'confirm' | 'write';
}

/**
 * Fills a checklist from the facts of a run: one fact, many items. What the platform fills alone has the state of its fact; where a person must add
 * or confirm, a fact makes an item partly reported; what only a person can write is not assessed.
 */
export function assessChecklist(id: ChecklistId, science: Results['science']): AssessedItem[] {
  return checklistItems(id).map((item) => {
    const fact = factOf(item.fact, science);
    if (item.fill === 'H') return { ...item, status: 'notAssessed', section: undefined, person: 'write' };
    if (item.fill === 'A')
      return { ...item, status: fact.state, section: fact.section, person: fact.state === 'notReported' ? 'write' : 'nothing' };
    const known = fact.state === 'reported' || fact.state === 'partly';
    return { ...item, status: known ? 'partly' : 'notReported', section: fact.section, person: known ? 'confirm' : 'write' };
  });
}

/**
 * METRICS score in percent: weights of the items answered yes over the weights of those that apply. An item that a person must confirm counts as no, as
 * the tool asks. Source: Kocak et al. 2024, doi:10.1186/s13244-023-01572-w.
 */
export function metricsScore(science: Results['science']): number {
  let yes = 0;
  let applicable = 0;
  for (const { status, extra } of assessChecklist('metrics', science)) {
    const weight = Number(extra);
    if (status === 'notApplicable') continue;
    applicable += weight;
    if (status === 'reported') yes += weight;
  }
  return (100 * yes) / applicable;
}

/** Radiomics quality score, -8 to 36, from what the platform can show alone. Source: Lambin et al. 2017, doi:10.1038/nrclinonc.2017.141. */
export function radiomicsQualityScore(science: Results['science']): number {
  return checklistItems('rqs').reduce((sum, { item }) => sum + (rqsPoints(item, science) ?? 0), 0);
}
