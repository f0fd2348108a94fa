// Each loop is a function of its own: engines compile a long loop while it runs, and would throw that away on the way out of a function
// whose rest they have never seen.

/** First index from `from` up to before `to` that is not 0; `to` if there is none. */
function firstFilled(values: Uint8Array | Int32Array, from: number, to: number): number {
  let at = from;
  while (at < to && values[at] === 0) at++;
  return at;
}

/** Last index from `from` up to before `to` that is not 0; `from - 1` if there is none. */
function lastFilled(values: Uint8Array | Int32Array, from: number, to: number): number {
  let at = to - 1;
  while (at >= from && values[at] === 0) at--;
  return at;
}

function countInWords(voxels: Uint8Array, words: Int32Array): number {
  let count = 0;
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue;
    for (let at = 4 * word; at < 4 * word + 4; at++) if (voxels[at] !== 0) count++;
  }
  return count;
}

function countFrom(voxels: Uint8Array, from: number): number {
  let count = 0;
  for (let at = from; at < voxels.length; at++) if (voxels[at] !== 0) count++;
  return count;
}

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
    // Up to the first whole word, whole words, and the rest.
    const low = Math.min(Math.ceil(from / 4), words.length);
    const high = Math.min(Math.floor(to / 4), words.length);
    if (low >= high) return firstFilled(voxels, from, to);
    const before = firstFilled(voxels, from, 4 * low);
    return before < 4 * low ? before : firstFilled(voxels, 4 * firstFilled(words, low, high), to);
  }

  /** Last place from `from` up to before `to` that is not 0; `from - 1` if there is none. */
  last(from: number, to: number): number {
    const { voxels, words } = this;
    const low = Math.min(Math.ceil(from / 4), words.length);
    const high = Math.min(Math.floor(to / 4), words.length);
    if (low >= high) return lastFilled(voxels, from, to);
    const after = lastFilled(voxels, 4 * high, to);
    return after >= 4 * high ? after : lastFilled(voxels, from, 4 * lastFilled(words, low, high) + 4);
  }

  /** How many voxels are not 0. */
  count(): number {
    return countInWords(this.voxels, this.words) + countFrom(this.voxels, 4 * this.words.length);
  }
}

/**
 * How many voxels of a mask are not 0.
 * @example filledCount(Uint8Array.of(0, 1, 0, 1)) // 2
 */
export function filledCount(voxels: Uint8Array): number {
  return new FilledVoxels(voxels).count();
}
