/**
 * Doubles in their order as 64-bit integers (both zeros are one): neighbors of the order are neighbors as doubles. Steps of this order halve the distance
 * between any two doubles, tiny or huge, in at most 64 rounds.
 */
export class DoubleOrder {
  private readonly double = new Float64Array(1);
  private readonly words = new Uint32Array(this.double.buffer);

  /** Doubles strictly between `low` and `high`, low < high; rounded to 53 bits. */
  between(low: number, high: number): number {
    const [lowHigh, lowLow] = this.key(low);
    const [highHigh, highLow] = this.key(high);
    return (highHigh - lowHigh) * 2 ** 32 + (highLow - lowLow) - 1;
  }

  /**
   * Up to `count` doubles strictly between low and high, ascending, at even steps of the order. All of them where there are no more.
   * Infinite ends are not among them.
   */
  split(low: number, high: number, count: number): number[] {
    const into: number[] = [];
    const inside = this.between(low, high);
    const parts = Math.min(count, inside);
    const step = inside / (parts + 1);
    const [keyHigh, keyLow] = this.key(low);
    for (let k = 1; k <= parts; k++) {
      const offset = parts === inside ? k : Math.floor(step * k) + 1;
      const sum = keyLow + (offset % 2 ** 32);
      const carry = sum >= 2 ** 32 ? 1 : 0;
      const value = this.fromKey(keyHigh + Math.floor(offset / 2 ** 32) + carry, sum - carry * 2 ** 32);
      if (value > low && value < high && value !== into[into.length - 1]) into.push(value);
    }
    return into;
  }

  /** The next double below a value. */
  before(value: number): number {
    const [high, low] = this.key(value);
    return low === 0 ? this.fromKey(high - 1, 2 ** 32 - 1) : this.fromKey(high, low - 1);
  }

  // Zero has the key 2^63, a positive double its bits above it, a negative one the bits of its magnitude below it.
  private key(value: number): [number, number] {
    this.double[0] = value;
    const low = this.words[0] as number;
    const high = this.words[1] as number;
    if (high < 2 ** 31) return [high + 2 ** 31, low];
    return low === 0 ? [2 ** 32 - high, 0] : [2 ** 32 - high - 1, 2 ** 32 - low];
  }

  private fromKey(high: number, low: number): number {
    if (high >= 2 ** 31) {
      this.words[1] = high - 2 ** 31;
      this.words[0] = low;
    } else if (low === 0) {
      this.words[1] = 2 ** 32 - high;
      this.words[0] = 0;
    } else {
      this.words[1] = 2 ** 32 - high - 1;
      this.words[0] = 2 ** 32 - low;
    }
    return this.double[0] as number;
  }
}

/**
 * The decimal number of fewest significant digits in (low, high], undefined where the ends have different signs or are infinite.
 * Tables hold decimals, so it is often the value that is looked for.
 * @example simplestDecimal(0.29999, 0.30002) // 0.3
 */
export function simplestDecimal(low: number, high: number): number | undefined {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined;
  if (low < 0 && high >= 0) return 0;
  for (let digits = 1; digits <= 17; digits++) {
    const rounded = Number(high.toPrecision(digits));
    if (rounded > low && rounded <= high) return rounded;
    if (rounded <= high) continue;
    // Rounding went up; the decimal of the same digits below it may still lie inside.
    const unit = Number(`1e${Number(high.toExponential(digits - 1).split('e')[1]) - digits + 1}`);
    const below = Number((rounded - unit).toPrecision(digits));
    if (below > low && below <= high) return below;
  }
  return high;
}
