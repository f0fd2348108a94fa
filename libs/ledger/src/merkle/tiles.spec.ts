import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalHashes, leafHash } from './hash.js';
import { MerkleTree, rootOf } from './merkle-tree.js';
import { consistencyProof, inclusionProof } from './proofs.js';
import { entriesPath, entryBundle, entryHashes, readEntryBundle, tileBytes, tilePath, tileReader, tilesOf } from './tiles.js';

const entry = (i: number): Uint8Array => Buffer.from(`entry ${i}`);
const largest = 70_000;
const tree = MerkleTree.of(Array.from({ length: largest }, (_, i) => leafHash(entry(i))));

describe('tiles of a log', () => {
  it('lie at the paths of C2SP tlog-tiles', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 1, index: 0, width: 17 })).toBe('tile/1/000.p/17');
    expect(entriesPath({ index: 273, width: 112 })).toBe('tile/entries/273.p/112');
    for (const bad of [
      { level: 64, index: 0, width: 1 },
      { level: 0, index: -1, width: 1 },
      { level: 0, index: 0, width: 0 },
      { level: 0, index: 0, width: 257 },
    ])
      expect(() => tilePath(bad)).toThrow(RangeError);
  });

  it('are those that the specification names for 70,000 leaves, and for 256', () => {
    const of70000 = tilesOf(70_000);
    expect(of70000.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273);
    expect(of70000.slice(273).map(tilePath)).toEqual(['tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1']);
    expect(tilesOf(256).map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
    expect(tilesOf(0)).toEqual([]);
  });

  it('are all that a reader needs for any root and proof', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: largest }), fc.nat(), fc.nat(), (size, a, b) => {
        const read = tileReader(size, (tile) => tileBytes(tile, tree.read));
        expect(equalHashes(rootOf(size, read), tree.root(size))).toBe(true);
        expect(inclusionProof(a % size, size, read)).toEqual(inclusionProof(a % size, size, tree.read));
        expect(consistencyProof(1 + (b % size), size, read)).toEqual(consistencyProof(1 + (b % size), size, tree.read));
      }),
      { numRuns: 20 },
    );
  });

  it('of another length are refused', () => {
    expect(() =>
      rootOf(
        3,
        tileReader(3, () => new Uint8Array(64)),
      ),
    ).toThrow('LEDGER.BAD_TILE');
  });
});

describe('entry bundles', () => {
  it('come back as the entries that hash to the tile beside them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 256 }), (entries) => {
        const bundle = entryBundle(entries);
        expect(readEntryBundle(bundle).map((e) => [...e])).toEqual(entries.map((e) => [...e]));
        expect(entryHashes(bundle)).toEqual(entries.map(leafHash));
      }),
    );
  });

  it('have no place for an entry of 64 KiB, and are refused when cut off', () => {
    expect(readEntryBundle(entryBundle([new Uint8Array(65_535)]))[0]?.length).toBe(65_535);
    expect(() => entryBundle([new Uint8Array(65_536)])).toThrow('LEDGER.ENTRY_TOO_LONG');
    expect(() => readEntryBundle(entryBundle([entry(1)]).slice(0, -1))).toThrow('LEDGER.BAD_TILE');
    expect(() => readEntryBundle(Uint8Array.of(0))).toThrow('LEDGER.BAD_TILE');
  });
});
