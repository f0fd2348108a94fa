import type { Rule } from './rule.js';

/** A sum over too few sites would show single sites to each other. Summaries are of one site by nature. */
export const minSitesRule: Rule = ({ clause, draft }) =>
  draft.kind === 'siteSummary' || draft.scope.sites.length >= clause.minSites ? null : 'tooFewSites';
