import { BitReader, JpegError, readHuffmanTables } from './jpeg-bits.js';
import type { HuffmanTable } from './jpeg-bits.js';

/** Where the n-th coefficient of a block stands, row by row (ITU T.81, figure A.6). */
const zigzag = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57,
  50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);
/** cos(k pi / 16), k from 0 to 8. */
const cosines = [
  1, 0.9807852804032304, 0.9238795325112867, 0.8314696123025452, 0.7071067811865476, 0.5555702330196022, 0.3826834323650898,
  0.1950903220161283, 0,
];
/** Weight of frequency u at sample x, `8 x + u`: C(u) / 2 cos((2 x + 1) u pi / 16) (A.3.3). */
const weights = Float64Array.from({ length: 64 }, (_, at) => {
  const [x, u] = [at >> 3, at & 7];
  const turn = ((2 * x + 1) * u) % 32;
  const half = turn > 16 ? 32 - turn : turn;
  const cosine = half > 8 ? -(cosines[16 - half] as number) : (cosines[half] as number);
  return (u === 0 ? (cosines[4] as number) : 1) * 0.5 * cosine;
});

interface Tables {
  readonly huffman: Map<number, HuffmanTable>;
  readonly quantization: Map<number, Uint16Array>;
  precision: number;
  quantizer: number;
  restartInterval: number;
}

/**
 * Decodes a sequential JPEG image (process 1, 2 or 4: DCT, Huffman) with one component of 8 or 12 bits. For 12 bits there is no kept build of a
 * library; the inverse transform is that of the standard in double precision, so samples are within one of any other decoder's (ITU T.83).
 * @param rows and columns as the frame header says; the caller has compared them with the attributes
 * @throws JpegError for data that are damaged or end early
 */
export function decodeJpegSequential(bytes: Uint8Array, rows: number, columns: number): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables: Tables = { huffman: new Map(), quantization: new Map(), precision: 0, quantizer: 0, restartInterval: 0 };
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw new JpegError('marker');
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const [from, to] = [at + 4, at + 2 + length];
    if (length < 2 || to > bytes.length || marker === 0xd9) throw new JpegError('segment');
    if (marker === 0xda) return decodeScan(bytes, from, to, rows, columns, tables);
    readSegment(view, marker, from, to, tables);
    at = to;
  }
  throw new JpegError('no scan');
}

function readSegment(view: DataView, marker: number, from: number, to: number, tables: Tables): void {
  if (marker === 0xc4) readHuffmanTables(view, from, to, tables.huffman);
  if (marker === 0xdb) readQuantization(view, from, to, tables.quantization);
  if (marker === 0xdd && to - from >= 2) tables.restartInterval = view.getUint16(from);
  if (marker === 0xc0 || marker === 0xc1) {
    if (to - from < 9) throw new JpegError('frame');
    tables.precision = view.getUint8(from);
    tables.quantizer = view.getUint8(from + 8);
  }
}

function readQuantization(view: DataView, from: number, to: number, into: Map<number, Uint16Array>): void {
  for (let at = from; at < to;) {
    const head = view.getUint8(at++);
    const size = head >> 4 === 0 ? 1 : 2;
    if (at + 64 * size > to) throw new JpegError('quantization');
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++) table[zigzag[i] as number] = size === 1 ? view.getUint8(at + i) : view.getUint16(at + 2 * i);
    into.set(head & 15, table);
    at += 64 * size;
  }
}

function decodeScan(bytes: Uint8Array, from: number, to: number, rows: number, columns: number, tables: Tables): Uint16Array {
  if (to - from < 6 || bytes[from] !== 1) throw new JpegError('scan');
  const selector = bytes[from + 2] as number;
  const [dc, ac] = [tables.huffman.get(selector >> 4), tables.huffman.get(4 + (selector & 15))];
  const quantization = tables.quantization.get(tables.quantizer);
  const { precision, restartInterval } = tables;
  if (!dc || !ac || !quantization || (precision !== 8 && precision !== 12)) throw new JpegError('scan');
  const bits = new BitReader(bytes, to);
  const out = new Uint16Array(rows * columns);
  const [block, samples] = [new Float64Array(64), new Float64Array(64)];
  const across = Math.ceil(columns / 8);
  const count = across * Math.ceil(rows / 8);
  let previous = 0;
  for (let n = 0; n < count; n++) {
    if (restartInterval > 0 && n > 0 && n % restartInterval === 0) {
      bits.restart((n / restartInterval - 1) & 7);
      previous = 0;
    }
    previous = decodeBlock(bits, dc, ac, quantization, previous, block);
    inverse(block, samples);
    place(samples, out, rows, columns, 8 * Math.floor(n / across), 8 * (n % across), precision);
  }
  return out;
}

/** One block of coefficients, times their quantization (F.2.2). @returns the difference base of the next block */
function decodeBlock(
  bits: BitReader,
  dc: HuffmanTable,
  ac: HuffmanTable,
  quantization: Uint16Array,
  previous: number,
  block: Float64Array,
): number {
  block.fill(0);
  const size = bits.symbol(dc);
  if (size > 15) throw new JpegError('size');
  const base = previous + bits.difference(size);
  block[0] = base * (quantization[0] as number);
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(ac);
    const [run, bitCount] = [symbol >> 4, symbol & 15];
    if (bitCount === 0) {
      if (run !== 15) break;
      k += 15;
      continue;
    }
    k += run;
    if (k > 63) throw new JpegError('run');
    const place = zigzag[k] as number;
    block[place] = bits.difference(bitCount) * (quantization[place] as number);
  }
  return base;
}

/** Two-dimensional inverse transform, rows first. */
function inverse(block: Float64Array, samples: Float64Array): void {
  for (let v = 0; v < 8; v++)
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += (weights[8 * x + u] as number) * (block[8 * v + u] as number);
      samples[8 * v + x] = sum;
    }
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += (weights[8 * y + v] as number) * (samples[8 * v + x] as number);
      block[8 * y + x] = sum;
    }
  }
  samples.set(block);
}

function place(samples: Float64Array, out: Uint16Array, rows: number, columns: number, top: number, left: number, precision: number): void {
  const middle = 1 << (precision - 1);
  const most = (1 << precision) - 1;
  for (let y = 0; y < 8 && top + y < rows; y++)
    for (let x = 0; x < 8 && left + x < columns; x++)
      out[(top + y) * columns + left + x] = Math.min(most, Math.max(0, Math.round(samples[8 * y + x] as number) + middle));
}
