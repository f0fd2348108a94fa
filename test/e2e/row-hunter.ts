import { parseTable } from '@cohortium/analysis';

/** Cells that are searched as whole words; shorter ones appear by chance. */
const wordLength = 5;
/** Cells that are searched anywhere, also inside longer words. */
const fragmentLength = 8;
/** Values of one participant side by side that count as a row. */
const rowLength = 3;
/** Relative difference below which two doubles are the same measurement. */
const same = 1e-9;

interface Sighting {
  readonly participant: number;
  readonly column: number;
  readonly value: number;
}

/**
 * Searches bytes for data of participants: names, cells as text, and rows. A row is three numbers in a row that are values of
 * three features of one participant, written as doubles at any offset, or as text.
 */
export class RowHunter {
  readonly participants: readonly string[];
  /** Cells that are long enough to be told from chance. */
  readonly words: ReadonlySet<string>;
  private readonly fragments: readonly Buffer[];
  private readonly names: readonly Buffer[];
  /** Sightings by the upper half of the double, its neighbors included. */
  private readonly index = new Map<number, Sighting[]>();
  private columnCount: number;

  constructor(features: string, clinical: string) {
    const tables = [parseTable(features, 'features.csv'), parseTable(clinical, 'clinical.csv')];
    const cells = tables.flatMap(({ rows }) => rows.flatMap((row) => row.slice(2)));
    // The same measurement in the form in which a program would write it.
    const written = cells.filter((cell) => cell !== '' && Number.isFinite(Number(cell))).map((cell) => String(Number(cell)));
    this.words = new Set([...cells, ...written].filter((cell) => cell.length >= wordLength));
    this.fragments = [...this.words].filter((cell) => cell.length >= fragmentLength).map((cell) => Buffer.from(cell));
    const [table] = tables as [(typeof tables)[number]];
    this.participants = table.rows.map((row) => row[0] as string);
    this.names = this.participants.map((name) => Buffer.from(name));
    this.columnCount = table.columns.length - 2;
    table.rows.forEach((row, participant) =>
      row.slice(2).forEach((cell, column) => this.watch(cell === '' ? NaN : Number(cell), participant, column)),
    );
  }

  /** Also watches for the rows of a participant in another unit. @param rows row-major, in the order of {@link participants} */
  watchAlso(rows: readonly (readonly number[])[]): void {
    rows.forEach((row, participant) => row.forEach((value, column) => this.watch(value, participant, this.columnCount + column)));
    this.columnCount += rows[0]?.length ?? 0;
  }

  /** Participants whose name stands in the bytes. */
  namesIn(bytes: Buffer): string[] {
    return this.names.filter((name) => bytes.includes(name)).map(String);
  }

  /** Cells that stand in the bytes as text. */
  cellsIn(bytes: Buffer): string[] {
    const words = bytes.toString('latin1').match(/[A-Za-z0-9.+-]+/g) ?? [];
    const whole = words.filter((word) => this.words.has(word));
    return [...new Set([...whole, ...this.fragments.filter((fragment) => bytes.includes(fragment)).map(String)])];
  }

  /** Rows that stand in the bytes: as doubles of either byte order at any offset, or as numbers in a text. */
  rowsIn(bytes: Buffer): string[] {
    const found: string[] = [];
    for (const littleEndian of [true, false]) {
      for (let offset = 0; offset < 8 && offset + 8 <= bytes.length; offset++) {
        const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset);
        const count = Math.floor(view.byteLength / 8);
        found.push(...this.rowsAmong(Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, littleEndian))));
      }
    }
    const numbers = bytes.toString('latin1').match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? [];
    found.push(...this.rowsAmong(Float64Array.from(numbers, Number)));
    return found;
  }

  /** Rows among numbers in sequence, such as a vector that was decoded. */
  rowsAmong(values: Float64Array): string[] {
    const found: string[] = [];
    let before: (readonly Sighting[])[] = [];
    for (let i = 0; i < values.length; i++) {
      const here = this.sightings(values[i] as number);
      before = here.length === 0 ? [] : [...before.slice(1 - rowLength), here];
      if (before.length < rowLength) continue;
      for (const { participant } of here) {
        const columns = new Set(before.map((list) => list.find((sighting) => sighting.participant === participant)?.column));
        if (columns.size === rowLength && !columns.has(undefined)) found.push(`row ${participant}, columns ${[...columns].join(' ')}`);
      }
    }
    return found;
  }

  private watch(value: number, participant: number, column: number): void {
    // Zero and missing cells say nothing.
    if (!Number.isFinite(value) || value === 0) return;
    const upper = upperHalf(value);
    for (const key of [upper - 1, upper, upper + 1]) {
      const list = this.index.get(key) ?? [];
      list.push({ participant, column, value });
      this.index.set(key, list);
    }
  }

  private sightings(value: number): readonly Sighting[] {
    const near = this.index.get(upperHalf(value));
    return near === undefined ? none : near.filter((sighting) => Math.abs(sighting.value - value) <= same * Math.abs(value));
  }
}

const none: readonly Sighting[] = [];
const scratch = new DataView(new ArrayBuffer(8));

/** Sign, exponent and 20 bits of the fraction: numbers within 1e-9 of each other share it or have neighboring ones. */
function upperHalf(value: number): number {
  scratch.setFloat64(0, value);
  return scratch.getInt32(0);
}
