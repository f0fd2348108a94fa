import type { Science } from '@cohortium/analysis';
import type { Page } from '../../page.js';

/** How models predict in one scope. */
export type Evaluation = Science['external']['evaluation'];
/** One model at one site. */
export type SiteModel = Extract<Evaluation['sites'], { state: 'ok' }>['value'][number]['models'][string];
/** One model over all sites of a scope. */
export type PooledModel = Extract<Evaluation['pooled'], { state: 'ok' }>['value'][string];
/** Figures at one cut-off. */
export type Cut = PooledModel['cuts'][number];

/** A scope as its figures are drawn. */
export interface ScopeView {
  readonly page: Page;
  /** Prefix of ids: `external`, `loso`. */
  readonly name: 'external' | 'loso';
  readonly evaluation: Evaluation;
}

/** The primary model at each site that has figures, in the order of the study. */
export function primarySites({ page, evaluation }: ScopeView): readonly { readonly site: string; readonly model: SiteModel }[] {
  if (evaluation.sites.state !== 'ok') return [];
  return evaluation.sites.value.flatMap(({ site, models }) => {
    const model = models[page.primary.id];
    return model ? [{ site, model }] : [];
  });
}

/** All sites together by model, where that may be shown. */
export function pooledModels({ evaluation }: ScopeView): Readonly<Record<string, PooledModel>> {
  return evaluation.pooled.state === 'ok' ? evaluation.pooled.value : {};
}
