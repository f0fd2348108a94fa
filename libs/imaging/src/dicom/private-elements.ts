import type { DicomObject } from './dicom-object.js';

/**
 * The tag of a private element by its creator's block (PS3.5, 7.8.1): blocks are reserved per object, so the second byte of the element number
 * differs between files.
 * @param group odd group number
 * @param creator what the reserving element says, without regard to case or what follows
 * @param element the last byte of the element number
 * @param usual the block in which the vendor's own scanners put it; taken where the creator was removed by a de-identifier
 */
export function privateTag(object: DicomObject, group: number, creator: string, element: number, usual = 0x10): string | undefined {
  let reserved = false;
  const name = (block: number, low: number) => `x${((group * 65_536 + block * 256 + low) >>> 0).toString(16).padStart(8, '0')}`;
  for (let block = 0x10; block <= 0x1f; block++) {
    const owner = object.text(`x${(group * 65_536 + block).toString(16).padStart(8, '0')}`);
    if (owner === undefined) continue;
    reserved ||= block === usual;
    if (owner.toUpperCase().startsWith(creator.toUpperCase()) && object.has(name(block, element))) return name(block, element);
  }
  const tag = name(usual, element);
  return !reserved && object.has(tag) ? tag : undefined;
}

/** First number of a private element; undefined where it is absent. */
export function privateNumber(
  object: DicomObject,
  [group, creator, element, usual]: readonly [group: number, creator: string, element: number, usual?: number],
  assumed: string,
): number | undefined {
  const tag = privateTag(object, group, creator, element, usual);
  return tag === undefined ? undefined : object.number(tag, assumed);
}
