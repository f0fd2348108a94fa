import type { DicomObject } from './dicom-object.js';

/** Owners of the private blocks of an object by group, in capitals; asked for every frame of an object, they are read once. */
const blocks = new WeakMap<DicomObject, Map<number, readonly (readonly [block: number, owner: string])[]>>();

function blocksOf(object: DicomObject, group: number): readonly (readonly [block: number, owner: string])[] {
  const groups = blocks.get(object) ?? new Map<number, readonly (readonly [number, string])[]>();
  blocks.set(object, groups);
  let found = groups.get(group);
  if (found === undefined) {
    found = Array.from({ length: 16 }, (_, at) => 0x10 + at).flatMap((block) => {
      const owner = object.text(tagName(group, 0, block));
      return owner === undefined ? [] : [[block, owner.toUpperCase()] as const];
    });
    groups.set(group, found);
  }
  return found;
}

function tagName(group: number, block: number, element: number): string {
  return `x${group.toString(16).padStart(4, '0')}${block.toString(16).padStart(2, '0')}${element.toString(16).padStart(2, '0')}`;
}

/**
 * The tag of a private element by its creator's block (PS3.5, 7.8.1): blocks are reserved per object, so the second byte of the element number
 * differs between files.
 * @param group odd group number
 * @param creator what the reserving element says, without regard to case or what follows
 * @param element the last byte of the element number
 * @param usual the block in which the vendor's own scanners put it; taken where the creator was removed by a de-identifier
 */
export function privateTag(object: DicomObject, group: number, creator: string, element: number, usual = 0x10): string | undefined {
  const owners = blocksOf(object, group);
  const wanted = creator.toUpperCase();
  for (const [block, owner] of owners)
    if (owner.startsWith(wanted) && object.has(tagName(group, block, element))) return tagName(group, block, element);
  const tag = tagName(group, usual, element);
  return !owners.some(([block]) => block === usual) && object.has(tag) ? tag : undefined;
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
