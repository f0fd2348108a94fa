/**
 * Voxels of a mask, four at a time where memory allows it: most of an image is outside of its region, so looking for a region is looking
 * at zeros.
 */
export class FilledVoxels {
  private readonly words: Int32Array;

  constructor(private readonly voxels: Uint8Array) {
    const { buffer, byteOffset, length } = voxels;
    this.words = byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, Math.floor(length / 4)) : new Int32Array(0);
  }

  /** First place from `from` up to before `to` that is not 0; `to` if there is none. */
  first(from: number, to: number): number {
    const { voxels, words } = this;
    let at = from;
    for (; at < to && at % 4 !== 0; at++) if (voxels[at] !== 0) return at;
    const lastWord = Math.min(words.length, Math.floor(to / 4));
    let word = at / 4;
    while (word < lastWord && words[word] === 0) word++;
    at = Math.max(at, 4 * word);
    while (at < to && voxels[at] === 0) at++;
    return Math.min(at, to);
  }

  /** Last place from `from` up to before `to` that is not 0; `from - 1` if there is none. */
  last(from: number, to: number): number {
    const { voxels, words } = this;
    let at = to - 1;
    for (; at >= from && at % 4 !== 3; at--) if (voxels[at] !== 0) return at;
    const firstWord = Math.ceil(from / 4);
    let word = (at + 1) / 4 - 1;
    if (word < words.length) {
      while (word >= firstWord && words[word] === 0) word--;
      at = Math.min(at, 4 * word + 3);
    }
    while (at >= from && voxels[at] === 0) at--;
    return Math.max(at, from - 1);
  }

  /** How many voxels are not 0. */
  count(): number {
    const { voxels, words } = this;
    let count = 0;
    for (let word = 0; word < words.length; word++) {
      if (words[word] === 0) continue;
      for (let at = 4 * word; at < 4 * word + 4; at++) if (voxels[at] !== 0) count++;
    }
    for (let at = 4 * words.length; at < voxels.length; at++) if (voxels[at] !== 0) count++;
    return count;
  }
}

/**
 * How many voxels of a mask are not 0.
 * @example filledCount(Uint8Array.of(0, 1, 0, 1)) // 2
 */
export function filledCount(voxels: Uint8Array): number {
  return new FilledVoxels(voxels).count();
}
