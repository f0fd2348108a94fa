import type { FrameInfo, ImageHeader } from './frame-info.js';

/** Scales that differ by no more than the digits of a decimal string are one. */
const sameScale = 1e-6;

/**
 * Puts the frames of Philips scanners on one scale. What Philips' rescale gives is meant for display: signals are it divided by the rescale slope and
 * by the private Scale Slope (2005,100E). Where the product of the two differs between phases, b-values or slices, rescaled values of one are not
 * comparable with those of another, and enhancement or ADC would be wrong without a word. Such frames get the scale of those with the smallest
 * product; where it is one for all, which is the rule, nothing changes. Maps (ADC, phase) have a unit of their own and are left to themselves.
 * @see Chenevert et al. 2014, doi:10.1593/tlo.13811 (errors in quantitative image analysis due to platform-dependent image scaling)
 */
export function alignScales(images: readonly ImageHeader[]): readonly ImageHeader[] {
  const ranges = new Map<string, { least: number; most: number; isWhole: boolean }>();
  for (const info of images.flatMap(({ frames }) => frames)) {
    const { displayScale } = info;
    const range = ranges.get(keyOf(info)) ?? { least: Infinity, most: 0, isWhole: true };
    ranges.set(keyOf(info), range);
    if (displayScale === undefined) range.isWhole = false;
    else Object.assign(range, { least: Math.min(range.least, displayScale), most: Math.max(range.most, displayScale) });
  }
  const isNeeded = ({ least, most, isWhole }: { least: number; most: number; isWhole: boolean }) =>
    isWhole && most > least * (1 + sameScale);
  if (![...ranges.values()].some(isNeeded)) return images;
  return images.map((image) => ({
    ...image,
    frames: image.frames.map((info) => {
      const range = ranges.get(keyOf(info)) as { least: number; most: number; isWhole: boolean };
      return isNeeded(range) ? scaledTo(info, range.least) : info;
    }),
  }));
}

function scaledTo(info: FrameInfo, scale: number): FrameInfo {
  const by = scale / (info.displayScale as number);
  return { ...info, slope: info.slope * by, intercept: info.intercept * by, displayScale: scale };
}

function keyOf({ component, imageType }: FrameInfo): string {
  return JSON.stringify([component, imageType.slice(2)]);
}
