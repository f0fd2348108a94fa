/**
 * Private attributes that hold physics and no person, a part of the list of PS3.15, Table E.3.10-1: b-values and gradients of four makers, and
 * what their tiled images need to be taken apart (sequences among them go through the table themselves). Each is known by its creator, since the block that a creator reserves differs by file.
 */
const safeElements: Readonly<Record<string, readonly string[]>> = {
  'SIEMENS MR HEADER': ['0019:0a', '0019:0b', '0019:0c', '0019:0d', '0019:0e', '0019:0f', '0019:27', '0019:28'],
  GEMS_ACQU_01: ['0019:bb', '0019:bc', '0019:bd', '0019:e0'],
  GEMS_PARM_01: ['0043:2c', '0043:2d', '0043:2e', '0043:2f', '0043:39'],
  'PHILIPS IMAGING DD 001': ['2001:03', '2001:04', '2001:08', '2001:0a', '2001:0b', '2001:14', '2001:17', '2001:18', '2001:20', '2001:81'],
  'PHILIPS MR IMAGING DD 001': ['2005:0d', '2005:0e', '2005:a0', '2005:b0', '2005:b1', '2005:b2'],
  'IMAGE PRIVATE HEADER': ['0065:09', '0065:37', '0065:50', '0065:51'],
};

const safe = new Map<string, ReadonlySet<string>>(Object.entries(safeElements).map(([creator, elements]) => [creator, new Set(elements)]));

/** True for a private attribute of that creator that may stay under the Retain Safe Private Option. */
export function isSafePrivate(tag: string, creator: string): boolean {
  return safe.get(creator.trim().toUpperCase())?.has(`${tag.slice(0, 4)}:${tag.slice(6)}`) === true;
}

/** True for the image header of Siemens, of which `safeCsaHeader` keeps a part. */
export function isCsaHeader(tag: string, creator: string): boolean {
  return creator.trim().toUpperCase() === 'SIEMENS CSA HEADER' && tag.startsWith('0029') && tag.endsWith('10');
}
