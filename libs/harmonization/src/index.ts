export { harmonizationErrors } from './errors.js';
export { combatQueries } from './combat/query.js';
export type {
  CombatCrossProductParams,
  CombatCrossProducts,
  CombatFamily,
  CombatLocation,
  CombatLocationParams,
  CombatQueries,
  CombatSlopes,
} from './combat/query.js';
export { fitCombat } from './combat/fit.js';
export type { CombatFit, CombatFitOptions, CombatParameters } from './combat/fit.js';
export { neutralEffects, newSiteEffects, siteEffects } from './combat/site-effects.js';
export type { NewSiteRule, SiteEffects, SiteEffectsOptions, SitePrior } from './combat/site-effects.js';
export { applyCombat } from './combat/apply.js';
export { covariateColumns } from './combat/within-site.js';
