/** English texts of coefficient paths, selection frequencies and site ellipses. `terms-messages.zh.ts` holds the same keys. */
export const termsEn = {
  'terms.paths': 'Coefficients along the path of penalties (model {model})',
  'terms.pathsFinding':
    'As the penalty falls, {total, plural, one {# feature} other {# features}} of model {model} get a coefficient; at the chosen penalty {lambda} it is {chosen}, the largest that of {feature} ({coefficient}).',
  'terms.pathsHowTo':
    'one line per feature: its coefficient, per standard deviation, against the natural logarithm of the penalty, from strong penalties on the left to weak ones on the right. The dashed rule stands at the chosen penalty. The largest coefficients there are named, the others gray.',
  'terms.pathsCut': 'The {shown} largest of {total} lines are drawn.',
  'terms.pathsOthers': 'other features',
  'terms.pathsX': 'ln of the penalty',
  'terms.pathsCaption': 'Coefficients at some penalties, the chosen one marked * ({shown} of {total} features)',
  'terms.frequency': 'How often features are chosen (model {model})',
  'terms.frequencyFinding':
    'Of {fits} fits of model {model} besides the final one, {always, plural, one {# feature is} other {# features are}} in all and {features} in at least one or in the final model, which has {final}.',
  'terms.frequencyHowTo':
    'a bar is the share of fits in which a feature has a coefficient that is not zero: over the folds of the cross-validation at the chosen penalty, and over fits that left out one hospital and learned everything again. Correlated features stand in for each other, so a low share does not mean that a feature says nothing.',
  'terms.frequencyTop': 'The {shown} most frequent of {total} are drawn.',
  'terms.frequencyAxis': 'Share of fits with this feature',
  'terms.frequencyCaption': 'Fits that have each feature ({count, plural, one {# feature} other {# features}})',
  'terms.folds': 'folds of the cross-validation ({count})',
  'terms.sitesLeftOut': 'hospitals left out ({count})',
  'ellipses.absent': 'Sites along principal axes: {state}.',
  'ellipses.title': 'Training sites along the principal axes of the features, before and after ComBat',
  'ellipses.titleBefore': 'Training sites along the principal axes of the features (no harmonization)',
  'ellipses.finding':
    'Along the two axes, which carry {first} and {second} of the variance before ComBat, the centers of {sites, plural, one {# site} other {# sites}} lie {before} apart from their middle before and {after} after (root mean square).',
  'ellipses.findingBefore':
    'Along the two axes, which carry {first} and {second} of the variance, the centers of {sites, plural, one {# site} other {# sites}} lie {before} apart from their middle (root mean square).',
  'ellipses.howTo':
    'a mark is the mean of a site; its ellipse would hold 95 % of the participants if they were normal. It is drawn from mean and covariance alone: no participant is shown and none can be read from it. The axes come from sums over all sites before harmonization and stay the same in both panels, so places can be compared; differences along other directions are not seen. Site effects were estimated on the same participants.',
  'ellipses.axis': 'axis {number} ({share})',
  'ellipses.before': 'before',
  'ellipses.after': 'after',
  'ellipses.stage': 'Harmonization',
  'ellipses.center': 'Mean, axis {number}',
  'ellipses.sd': 'SD, axis {number}',
  'ellipses.correlation': 'Correlation',
  'ellipses.caption': 'Sites along the two principal axes of the features',
};
