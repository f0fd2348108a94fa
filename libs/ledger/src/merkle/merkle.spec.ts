import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange } from './compact-range.js';
import { emptyRoot, hexOf, leafHash, nodeHash } from './hash.js';
import type { TreeHash } from './hash.js';
import { MerkleTree } from './merkle-tree.js';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proofs.js';

/** Leaves, roots and proofs of the reference tree of Certificate Transparency (transparency-dev/merkle, testonly). */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const node = {
  n00: '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  n01: '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  n04: 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  n10: 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  n11: '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  n12: '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  n13: 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
  n20: 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  n21: '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
};
const tree = MerkleTree.of(leaves.map((hex) => leafHash(Buffer.from(hex, 'hex'))));
const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

/** The definitions of RFC 9162 sections 2.1.1, 2.1.3.1 and 2.1.4.1, word for word and slow. */
const slow = {
  split: (n: number): number => 2 ** Math.floor(Math.log2(n - 1)),
  root(d: readonly TreeHash[]): TreeHash {
    if (d.length === 0) return emptyRoot;
    if (d.length === 1) return d[0] as TreeHash;
    const k = slow.split(d.length);
    return nodeHash(slow.root(d.slice(0, k)), slow.root(d.slice(k)));
  },
  path(m: number, d: readonly TreeHash[]): TreeHash[] {
    if (d.length === 1) return [];
    const k = slow.split(d.length);
    return m < k ? [...slow.path(m, d.slice(0, k)), slow.root(d.slice(k))] : [...slow.path(m - k, d.slice(k)), slow.root(d.slice(0, k))];
  },
  subproof(m: number, d: readonly TreeHash[], isOld: boolean): TreeHash[] {
    if (m === d.length) return isOld ? [] : [slow.root(d)];
    const k = slow.split(d.length);
    if (m <= k) return [...slow.subproof(m, d.slice(0, k), isOld), slow.root(d.slice(k))];
    return [...slow.subproof(m - k, d.slice(k), false), slow.root(d.slice(0, k))];
  },
};

/** A list of leaf hashes and one or two sizes within it. */
const some = fc
  .integer({ min: 1, max: 70 })
  .chain((n) => fc.record({ n: fc.constant(n), seed: fc.nat(), m: fc.nat({ max: n - 1 }), from: fc.integer({ min: 1, max: n }) }))
  .map(({ n, seed, m, from }) => ({ hashes: Array.from({ length: n }, (_, i) => leafHash(Buffer.from(`${seed} ${i}`))), m, from }));

describe('the reference tree', () => {
  it('has the published root at every size', () => {
    for (const [size, root] of roots.entries()) {
      expect(hexOf(tree.root(size))).toBe(root);
      const range = leaves.slice(0, size).reduce((r, hex) => r.append(leafHash(bytes(hex))), CompactRange.empty);
      expect(hexOf(range.root)).toBe(root);
      expect(hexOf(CompactRange.of(size, range.toBytes()).root)).toBe(root);
    }
  });

  it.each([
    [0, 1, []],
    [0, 2, [node.n01]],
    [1, 2, [node.n00]],
    [2, 3, [node.n10]],
    [1, 5, [node.n00, node.n11, node.n04]],
    [0, 8, [node.n01, node.n11, node.n21]],
    [5, 8, [node.n04, node.n13, node.n20]],
  ])('has the published proof that leaf %i is in the tree of %i', (index, size, proof) => {
    const made = inclusionProof(index, size, tree.read);
    expect(made.map(hexOf)).toEqual(proof);
    expect(verifyInclusion({ leaf: tree.read(0, index), index, size, root: bytes(roots[size] as string) }, made)).toBe(true);
  });

  it.each([
    [1, 1, []],
    [1, 8, [node.n01, node.n11, node.n21]],
    [2, 5, [node.n11, node.n04]],
    [6, 8, [node.n12, node.n13, node.n20]],
  ])('has the published proof that the tree of %i begins the tree of %i', (from, to, proof) => {
    const made = consistencyProof(from, to, tree.read);
    expect(made.map(hexOf)).toEqual(proof);
    const claim = { from: { size: from, root: bytes(roots[from] as string) }, to: { size: to, root: bytes(roots[to] as string) } };
    expect(verifyConsistency(claim, made)).toBe(true);
  });
});

describe('any tree', () => {
  it('has the roots and proofs of the definitions', () => {
    fc.assert(
      fc.property(some, ({ hashes, m, from }) => {
        const fast = MerkleTree.of(hashes);
        expect(fast.root()).toEqual(slow.root(hashes));
        expect(hashes.reduce((range, hash) => range.append(hash), CompactRange.empty).root).toEqual(slow.root(hashes));
        expect(inclusionProof(m, hashes.length, fast.read)).toEqual(slow.path(m, hashes));
        expect(consistencyProof(from, hashes.length, fast.read)).toEqual(slow.subproof(from, hashes, true));
      }),
    );
  });

  it('proves each leaf at its own place and no other, nor another leaf there', () => {
    fc.assert(
      fc.property(some, fc.nat(), fc.nat(), ({ hashes, m }, place, flip) => {
        const fast = MerkleTree.of(hashes);
        const claim = { leaf: hashes[m] as TreeHash, index: m, size: hashes.length, root: fast.root() };
        const proof = inclusionProof(m, hashes.length, fast.read);
        expect(verifyInclusion(claim, proof)).toBe(true);
        const other = place % hashes.length;
        if (other !== m) {
          expect(verifyInclusion({ ...claim, index: other }, proof)).toBe(false);
          expect(verifyInclusion({ ...claim, leaf: hashes[other] as TreeHash }, proof)).toBe(false);
        }
        expect(verifyInclusion(claim, [...proof, emptyRoot])).toBe(false);
        if (proof.length === 0) return;
        expect(verifyInclusion(claim, proof.slice(1))).toBe(false);
        const altered = proof.map((hash) => Uint8Array.from(hash));
        const hit = altered[flip % altered.length] as Uint8Array;
        hit[flip % 32] = (hit[flip % 32] as number) ^ 1;
        expect(verifyInclusion(claim, altered)).toBe(false);
      }),
    );
  });

  it('shows that it continues an earlier one, and cannot show it of a rewritten one', () => {
    fc.assert(
      fc.property(some, fc.nat(), ({ hashes, from }, at) => {
        const fast = MerkleTree.of(hashes);
        const proof = consistencyProof(from, hashes.length, fast.read);
        const claim = { from: { size: from, root: fast.root(from) }, to: { size: hashes.length, root: fast.root() } };
        expect(verifyConsistency(claim, proof)).toBe(true);
        const rewritten = hashes.map((hash, i) => (i === at % from ? leafHash(hash) : hash));
        const forged = MerkleTree.of(rewritten);
        const forgery = { from: claim.from, to: { size: hashes.length, root: forged.root() } };
        expect(verifyConsistency(forgery, consistencyProof(from, hashes.length, forged.read))).toBe(false);
        expect(verifyConsistency(forgery, proof)).toBe(false);
        // Going back is no continuation.
        if (from < hashes.length) expect(verifyConsistency({ from: claim.to, to: claim.from }, proof)).toBe(false);
      }),
    );
  });

  it('begins with the tree without leaves, whose root is one', () => {
    const to = { size: 8, root: tree.root() };
    expect(verifyConsistency({ from: { size: 0, root: emptyRoot }, to }, [])).toBe(true);
    expect(verifyConsistency({ from: { size: 0, root: tree.root(1) }, to }, [])).toBe(false);
    expect(verifyConsistency({ from: { size: NaN, root: emptyRoot }, to }, [])).toBe(false);
  });

  it('refuses edges that do not fit a size, and places outside', () => {
    expect(() => CompactRange.of(3, new Uint8Array(32))).toThrow(RangeError);
    expect(() => inclusionProof(8, 8, tree.read)).toThrow(RangeError);
    expect(() => consistencyProof(9, 8, tree.read)).toThrow(RangeError);
    expect(() => tree.root(9)).toThrow(RangeError);
  });
});
