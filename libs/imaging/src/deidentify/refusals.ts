import { textOf } from './elements.js';
import type { RawFile } from './elements.js';

/** Why an object is not handed on: its pixels or its kind may show what the table cannot reach. */
export type PixelRisk = 'burnedIn' | 'recognizable' | 'kind' | 'overlayInPixels' | 'maybeBurnedIn';

/**
 * Storage classes whose content the table reaches: images by scanners of tomography, parametric maps, segmentations, contours, registrations.
 * Captured screens, ultrasound, films, documents, raw data and private classes are not among them.
 */
const takenClasses = new Set(
  `1.2.840.10008.5.1.4.1.1.2 1.2.840.10008.5.1.4.1.1.2.1 1.2.840.10008.5.1.4.1.1.2.2 1.2.840.10008.5.1.4.1.1.4 1.2.840.10008.5.1.4.1.1.4.1
  1.2.840.10008.5.1.4.1.1.4.4 1.2.840.10008.5.1.4.1.1.128 1.2.840.10008.5.1.4.1.1.130 1.2.840.10008.5.1.4.1.1.30 1.2.840.10008.5.1.4.1.1.66.1
  1.2.840.10008.5.1.4.1.1.66.2 1.2.840.10008.5.1.4.1.1.66.3 1.2.840.10008.5.1.4.1.1.66.4 1.2.840.10008.5.1.4.1.1.66.7
  1.2.840.10008.5.1.4.1.1.481.3 1.2.840.10008.5.1.4.1.1.1.2 1.2.840.10008.5.1.4.1.1.1.2.1 1.2.840.10008.5.1.4.1.1.13.1.3
  1.2.840.10008.5.1.4.1.1.67`.split(/\s+/),
);

/**
 * Looks for what de-identification of attributes cannot remove. `maybeBurnedIn` is a warning (a derived image that does not say that nothing
 * is written in it); the others are reasons to refuse.
 */
export function pixelRisks({ elements }: RawFile): readonly PixelRisk[] {
  const text = (tag: string) => {
    const found = elements.find((element) => element.tag === tag);
    return found === undefined ? '' : textOf(found.value).toUpperCase();
  };
  const risks: PixelRisk[] = [];
  if (!takenClasses.has(text('00080016'))) risks.push('kind');
  if (text('00280301') === 'YES') risks.push('burnedIn');
  if (text('00280302') === 'YES') risks.push('recognizable');
  if (elements.some(({ tag, value }) => /^60[0-9a-f]{2}0102$/.test(tag) && value.some((byte) => byte !== 0))) risks.push('overlayInPixels');
  const type = text('00080008');
  if (text('00280301') !== 'NO' && /SECONDARY/.test(type) && (/SCREEN|CAPTURE|REPORT/.test(type) || text('00280004').startsWith('RGB'))) risks.push('maybeBurnedIn'); // prettier-ignore
  return risks;
}
