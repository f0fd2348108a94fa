import { ledgerErrors } from '../errors.js';
import { hashBytes, leafHash, nodeHash } from './hash.js';
import type { TreeHash } from './hash.js';
import type { ReadSubtree } from './merkle-tree.js';

/** Hashes of a full tile (C2SP tlog-tiles: height 8). */
export const tileWidth = 256;
const tileHeight = 8;
/** Longest entry, in bytes: its length is a uint16 in an entry bundle. */
export const maxEntryBytes = 0xffff;

/** One tile of hashes, or one bundle of entries. */
export interface TileAt {
  /** 0: leaves; each level above covers 256 times as many. */
  readonly level: number;
  readonly index: number;
  /** Hashes in it, 1 to 256; below 256 the tile is partial. */
  readonly width: number;
}

/** Path of a tile below the log's prefix: `tile/0/x001/x234/067.p/5`. @throws RangeError for a tile that cannot exist */
export function tilePath({ level, index, width }: TileAt): string {
  if (!Number.isInteger(level) || level < 0 || level > 63) throw new RangeError('no such level');
  return `tile/${level}/${placeOf(index, width)}`;
}

/** Path of an entry bundle: `tile/entries/x001/x234/067.p/5`. */
export function entriesPath({ index, width }: Omit<TileAt, 'level'>): string {
  return `tile/entries/${placeOf(index, width)}`;
}

function placeOf(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0 || !Number.isInteger(width) || width < 1 || width > tileWidth)
    throw new RangeError('no such tile');
  const groups: string[] = [];
  for (let rest = index; rest > 0 || groups.length === 0; rest = Math.floor(rest / 1000))
    groups.unshift(String(rest % 1000).padStart(3, '0'));
  const place = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === tileWidth ? place : `${place}.p/${width}`;
}

/** All tiles of the tree of the first `size` leaves, level by level; full ones, and the partial one at the end of a level if it has any. */
export function tilesOf(size: number): TileAt[] {
  const tiles: TileAt[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / tileWidth)) {
    for (let index = 0; index * tileWidth < count; index++)
      tiles.push({ level, index, width: Math.min(tileWidth, count - index * tileWidth) });
  }
  return tiles;
}

/** Content of a tile: its hashes one after another. */
export function tileBytes({ level, index, width }: TileAt, read: ReadSubtree): Uint8Array {
  const hashes = Array.from({ length: width }, (_, i) => read(level * tileHeight, index * tileWidth + i));
  return Buffer.concat(hashes);
}

/** Reads subtrees from tiles, whose bytes `fetch` brings. @throws `LEDGER.BAD_TILE` when one is not as long as its width says */
export function tileReader(size: number, fetch: (tile: TileAt) => Uint8Array): ReadSubtree {
  const held = new Map<string, Uint8Array>();
  const hashAt = (level: number, index: number): TreeHash => {
    const tile = Math.floor(index / tileWidth);
    const count = Math.floor(size / tileWidth ** level);
    const at = { level, index: tile, width: Math.min(tileWidth, count - tile * tileWidth) };
    const key = tilePath(at);
    const bytes = held.get(key) ?? fetch(at);
    if (bytes.length !== at.width * hashBytes) throw ledgerErrors.error('LEDGER.BAD_TILE', { path: key });
    held.set(key, bytes);
    return bytes.subarray((index % tileWidth) * hashBytes, ((index % tileWidth) + 1) * hashBytes);
  };
  return (level, index) => {
    const whole = 2 ** (level % tileHeight);
    let row = Array.from({ length: whole }, (_, i) => hashAt(Math.floor(level / tileHeight), index * whole + i));
    while (row.length > 1)
      row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i] as TreeHash, row[2 * i + 1] as TreeHash));
    return row[0] as TreeHash;
  };
}

/** An entry bundle: each entry behind its length as a big-endian uint16. @throws `LEDGER.ENTRY_TOO_LONG` */
export function entryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > maxEntryBytes) throw ledgerErrors.error('LEDGER.ENTRY_TOO_LONG', { bytes: entry.length, limit: maxEntryBytes });
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** Entries of a bundle. @throws `LEDGER.BAD_TILE` when the last entry is cut off */
export function readEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
    if (at + 2 + length > bytes.length) throw ledgerErrors.error('LEDGER.BAD_TILE', { path: 'tile/entries' });
    entries.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}

/** Hashes of the entries of a bundle, which are those of the tile of leaves beside it. */
export function entryHashes(bundle: Uint8Array): TreeHash[] {
  return readEntryBundle(bundle).map(leafHash);
}
