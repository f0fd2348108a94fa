import type { Terminal } from '../terminal.js';
import type { RegionFacts } from './load-region.js';
import { regionWords } from './messages.js';

/** Says how a region came onto its image. */
export function tellRegion(terminal: Terminal, { placement, contours, frameOfReference, threshold }: RegionFacts): void {
  const words = regionWords(terminal.language);
  if (threshold !== null) terminal.say(words('thresholdUsed', { threshold }));
  if (frameOfReference === 'unknown') terminal.say(words('frameUnknown'));
  if (frameOfReference === 'different') terminal.say(words('frameDifferent'));
  if (contours !== null) {
    const { count, slices, emptySlices, ignored } = contours;
    terminal.say(words('placedContours', { contours: count, slices, empty: emptySlices, ignored }));
  }
  if (placement?.method === 'exact') terminal.say(words('placedExactly', { offset: placement.offsetVoxels.toFixed(3) }));
  if (placement?.method === 'nearest') terminal.say(words('placedNearest', { lost: placement.lostVoxels }));
}

/** Milliliters with three digits behind the point. */
export function milliliters(mm3: number): string {
  return (mm3 / 1000).toFixed(3);
}
