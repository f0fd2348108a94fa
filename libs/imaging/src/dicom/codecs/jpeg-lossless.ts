import { BitReader, JpegError, readHuffmanTables } from './jpeg-bits.js';
import type { HuffmanTable } from './jpeg-bits.js';

/**
 * Decodes a JPEG image of process 14 (lossless, Huffman; ITU T.81, annex H) with one component, any of the seven predictors, point transform
 * and restart intervals.
 * @param rows and columns as the frame header says; the caller has compared them with the attributes
 * @returns samples, row by row
 * @throws JpegError for data that are damaged or end early
 */
export function decodeJpegLossless(bytes: Uint8Array, rows: number, columns: number): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<number, HuffmanTable>();
  let precision = 0;
  let restartInterval = 0;
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
    if (marker === 0xc4) readHuffmanTables(view, from, to, tables);
    if (marker === 0xdd && length >= 4) restartInterval = view.getUint16(from);
    if (marker === 0xc3) precision = view.getUint8(from);
    if (marker === 0xda) {
      if (length < 8 || bytes[from] !== 1) throw new JpegError('scan');
      const table = tables.get((bytes[from + 2] as number) >> 4);
      const predictor = bytes[from + 3] as number;
      const shift = (bytes[from + 5] as number) & 0x0f;
      if (table === undefined || predictor < 1 || predictor > 7 || precision < 2 || precision > 16 || shift >= precision)
        throw new JpegError('scan');
      const scan = { table, predictor, initial: 1 << (precision - shift - 1), restartInterval };
      const out = decodeScan(new BitReader(bytes, to), rows, columns, scan);
      if (shift > 0) for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) << shift;
      return out;
    }
    at = to;
  }
  throw new JpegError('no scan');
}

interface Scan {
  readonly table: HuffmanTable;
  readonly predictor: number;
  readonly initial: number;
  readonly restartInterval: number;
}

function decodeScan(bits: BitReader, rows: number, columns: number, { table, predictor, initial, restartInterval }: Scan): Uint16Array {
  const out = new Uint16Array(rows * columns);
  let untilRestart = restartInterval;
  let restarts = 0;
  // The first line of the image and of each restart interval is predicted from its left neighbor (H.1.1); intervals are whole lines (H.1.2).
  let firstRow = 0;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (restartInterval > 0 && row > 0 && untilRestart === 0) {
      bits.restart(restarts++ & 7);
      untilRestart = restartInterval;
      firstRow = row;
    }
    for (let column = 0; column < columns; column++, at++) {
      let prediction: number;
      if (row === firstRow) prediction = column === 0 ? initial : (out[at - 1] as number);
      else if (column === 0) prediction = out[at - columns] as number;
      else prediction = predict(predictor, out[at - 1] as number, out[at - columns] as number, out[at - columns - 1] as number);
      const size = bits.symbol(table);
      if (size > 16) throw new JpegError('size');
      // Differences are modulo 2^16, which the storage does; 16 stands for 32768 without further bits (table H.2).
      out[at] = prediction + (size === 16 ? 32_768 : bits.difference(size));
    }
    untilRestart -= columns;
    if (restartInterval > 0 && untilRestart < 0) throw new JpegError('restart');
  }
  return out;
}

/** Table H.1. @param a left, b above, c above left */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}
