import * as ibsi from '../../features/ngtdm/features.js';
import type { ToneSummary } from '../../features/ngtdm/features.js';
import { own, sameAs } from '../feature.js';
import type { PyradiomicsTable } from '../feature.js';
import type { ImageRegion } from '../image-region.js';

/** The tone differences. Voxels without neighbors count here with a difference of 0, while IBSI leaves them out. */
export function ngtdmSummaries(region: ImageRegion): ToneSummary[] {
  const { levels, differences } = region.neighborhoods.tone;
  return [ibsi.summarizeTone({ levels, differences, counts: region.levelCounts })];
}

const same = sameAs(ibsi.toneDifferenceFeatures);

/** The 5 features (Amadasun & King 1989, doi 10.1109/21.44046). */
export const ngtdmFeatures: PyradiomicsTable<ToneSummary> = [
  // 0 where no two levels differ in i p_i.
  own('Busyness', (summary) => {
    const value = ibsi.busyness(summary);
    return Number.isNaN(value) ? 0 : value;
  }),
  // Without IBSI's upper limit: 10^6 stands for a sum of 0 only.
  own('Coarseness', ({ weightedDifferences }) => (weightedDifferences === 0 ? 1e6 : 1 / weightedDifferences)),
  same('Complexity', 'HDEZ'),
  same('Contrast', '65HE'),
  same('Strength', '1X9X'),
];
