/** Ranges at or below this many values are sorted at once. */
const smallRange = 24;

/**
 * Values of some ranks (from 0) among the sorted values, without sorting what lies between: quickselect for several ranks at once,
 * reordering `values` in place. Afterwards `values[rank]` is the value of each of the ranks.
 * Source: Hoare 1961, doi 10.1145/366622.366647.
 * @param ranks ascending, each below the number of values
 */
export function selectRanks(values: Float64Array, ranks: readonly number[]): void {
  select(values, 0, values.length - 1, ranks);
}

function select(values: Float64Array, first: number, last: number, ranks: readonly number[]): void {
  let low = first;
  let high = last;
  let wanted = ranks;
  while (wanted.length > 0 && high > low) {
    if (high - low < smallRange) {
      values.subarray(low, high + 1).sort();
      return;
    }
    const [left, right] = partition(values, low, high);
    const below = wanted.filter((rank) => rank <= left);
    const above = wanted.filter((rank) => rank >= right);
    // The smaller side by recursion, the larger in the next turn, so the depth stays logarithmic.
    if (left - low < high - right) {
      select(values, low, left, below);
      [low, wanted] = [right, above];
    } else {
      select(values, right, high, above);
      [high, wanted] = [left, below];
    }
  }
}

/** Splits a range: up to `left` no value is above the pivot, from `right` none is below, between them all equal it. */
function partition(values: Float64Array, low: number, high: number): [left: number, right: number] {
  const pivot = medianOfThree(values[low] as number, values[(low + high) >> 1] as number, values[high] as number);
  let i = low;
  let j = high;
  while (i <= j) {
    while ((values[i] as number) < pivot) i++;
    while ((values[j] as number) > pivot) j--;
    if (i > j) break;
    const swapped = values[i] as number;
    values[i++] = values[j] as number;
    values[j--] = swapped;
  }
  return [j, i];
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
