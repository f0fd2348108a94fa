/** English texts of differences between sites before and after harmonization. `differences-messages.zh.ts` holds the same keys. */
export const differencesEn = {
  'differences.absent': 'Differences between sites before and after: {state}.',
  'differences.title': 'How far training sites differ, before and after ComBat',
  'differences.titleBefore': 'How far training sites differ (no harmonization)',
  'differences.finding':
    'Sites explain a median of {before} of the variance of a feature before ComBat and {after} after. Means differ between sites in {countBefore} of {total, plural, one {# feature} other {# features}} before and {countAfter} after; spreads in {spreadBefore} before and {spreadAfter} after (F test, Benjamini-Hochberg, 0.05).',
  'differences.findingBefore':
    'Sites explain a median of {before} of the variance of a feature. Means differ between sites in {countBefore} of {total, plural, one {# feature} other {# features}}, spreads in {spreadBefore} (F test, Benjamini-Hochberg, 0.05).',
  'differences.howTo':
    'a curve counts the features whose sites explain at most so much of their variance (eta squared); the sooner it rises, the less sites differ. Spread is the distance to the median of the site. Site effects were estimated on the same participants, so what follows harmonization describes and proves nothing about new hospitals. Differences in who was examined are not held constant.',
  'differences.axis': 'Share of the variance that lies between sites',
  'differences.features': 'Share of features',
  'differences.locationBefore': 'means, before',
  'differences.locationAfter': 'means, after',
  'differences.spreadBefore': 'spread, before',
  'differences.spreadAfter': 'spread, after',
  'differences.caption': 'Share of the variance of features that lies between training sites',
  'differences.stage': 'Of the features',
  'differences.median': 'Median',
  'differences.upper': '90th percentile',
  'differences.largest': 'Largest',
  'differences.different': 'Features that differ',
  'differences.byFeature': 'The {count, plural, one {feature that differs} other {# features that differ}} most between sites',
};
