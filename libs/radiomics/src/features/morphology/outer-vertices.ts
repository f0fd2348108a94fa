/**
 * The mesh vertices that can be corners of its convex hull, as doubled voxel indices (three whole numbers per vertex). A vertex lies on a
 * line between two voxel centers, one inside and one outside. Of the vertices of one row (equal j and k) only the first and the last can
 * be a corner; of these again only the corners of the outline of each plane of equal k, found exactly (Andrew's monotone chain).
 */
export function outerVertices(mask: Uint8Array, dimensions: readonly [number, number, number]): Int32Array {
  const [ni, nj, nk] = dimensions;
  const rows = new RowExtremes(2 * nj + 1, 2 * nk + 1);
  const rowAt = (j: number, k: number) => (j < 0 || j >= nj || k < 0 || k >= nk ? -1 : ni * (j + nj * k));
  for (let k = 0; k <= nk; k++) {
    for (let j = 0; j <= nj; j++) {
      const row = rowAt(j, k);
      if (row >= 0) addRow(rows, mask, row, ni, 2 * j, 2 * k);
      if (k < nk) addBorder(rows, mask, row, rowAt(j - 1, k), ni, 2 * j - 1, 2 * k);
      if (j < nj) addBorder(rows, mask, row, rowAt(j, k - 1), ni, 2 * j, 2 * k - 1);
    }
  }
  return rows.corners();
}

/** Vertices between a row's first and last voxel and what lies before and behind them. */
function addRow(rows: RowExtremes, mask: Uint8Array, row: number, ni: number, j: number, k: number): void {
  let first = 0;
  while (first < ni && mask[row + first] === 0) first++;
  if (first === ni) return;
  let last = ni - 1;
  while (mask[row + last] === 0) last--;
  rows.set(j, k, 2 * first - 1, 2 * last + 1);
}

/** Vertices between two neighboring rows, one inside and the other not; a row of -1 is empty. */
function addBorder(rows: RowExtremes, mask: Uint8Array, a: number, b: number, ni: number, j: number, k: number): void {
  if (a < 0 && b < 0) return;
  const differs = (i: number) => (a < 0 ? 0 : mask[a + i]) !== (b < 0 ? 0 : mask[b + i]);
  let first = 0;
  while (first < ni && !differs(first)) first++;
  if (first === ni) return;
  let last = ni - 1;
  while (!differs(last)) last--;
  rows.set(j, k, 2 * first, 2 * last);
}

/** First and last vertex of each row; rows and planes are counted from -1. */
class RowExtremes {
  private readonly low: Int32Array;
  private readonly high: Int32Array;

  constructor(
    private readonly rowCount: number,
    private readonly planeCount: number,
  ) {
    this.low = new Int32Array(rowCount * planeCount).fill(1);
    this.high = new Int32Array(rowCount * planeCount);
  }

  set(row: number, plane: number, low: number, high: number): void {
    const at = row + 1 + this.rowCount * (plane + 1);
    this.low[at] = low;
    this.high[at] = high;
  }

  /** Corners of the outlines of all planes. A row is empty while its first vertex lies behind its last. */
  corners(): Int32Array {
    const { low, high, rowCount, planeCount } = this;
    const corners: number[] = [];
    const chain = new Int32Array(rowCount);
    for (let plane = 0; plane < planeCount; plane++) {
      const start = rowCount * plane;
      for (const side of [-1, 1] as const) {
        const places = side < 0 ? low : high;
        let length = 0;
        for (let row = 0; row < rowCount; row++) {
          if ((low[start + row] as number) > (high[start + row] as number)) continue;
          // Drop what lies on or inside the line from the corner before it to this row.
          while (length > 1) {
            const a = chain[length - 2] as number;
            const b = chain[length - 1] as number;
            const xa = places[start + a] as number;
            const xb = places[start + b] as number;
            const x = places[start + row] as number;
            if (side * ((xb - xa) * (row - a) - (x - xa) * (b - a)) > 0) break;
            length--;
          }
          chain[length++] = row;
        }
        for (let c = 0; c < length; c++) {
          const row = chain[c] as number;
          // Both sides end in the first and the last row.
          const isKnown = side > 0 && (c === 0 || c === length - 1) && low[start + row] === high[start + row];
          if (!isKnown) corners.push(places[start + row] as number, row - 1, plane - 1);
        }
      }
    }
    return Int32Array.from(corners);
  }
}
