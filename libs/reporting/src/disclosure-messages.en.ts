/** Why the gate of a site withheld something: disclosure rules over time and people. */
export const disclosureEn = {
  'reason.undeclaredCohort': 'sets participants apart in a way that the protocol does not declare',
  'reason.cohortTooSimilar': 'together with earlier releases it would describe fewer participants than the clause allows',
  'reason.dominated': 'a few participants make up too much of a figure',
  'reason.notSmoothed': 'locates single values more finely than the protocol allows',
  'reason.notEvaluable': 'the clause demands a check that this operation cannot show',
  'reason.noiseMissing': 'the noise that the clause demands cannot be added',
  'reason.budgetSpent': "the site's release budget is spent",
};
