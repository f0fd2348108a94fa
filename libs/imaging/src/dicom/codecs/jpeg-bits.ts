/** What a damaged JPEG stream says; becomes a typed error where the frame is known. */
export class JpegError extends Error {}

/** A Huffman table (ITU T.81, annex C) as a look-up over the next 16 bits: `length << 8 | value`, 0 where no code begins so. */
export type HuffmanTable = Uint16Array;

/**
 * Reads the tables of a DHT segment into `tables`, keyed by class (0 for DC and lossless, 1 for AC) times 4 plus destination.
 * @throws JpegError
 */
export function readHuffmanTables(view: DataView, from: number, to: number, tables: Map<number, HuffmanTable>): void {
  let at = from;
  while (at < to) {
    if (at + 17 > to) throw new JpegError('huffman');
    const key = view.getUint8(at++);
    if ((key & 0x0f) > 3 || key >> 4 > 1) throw new JpegError('huffman');
    const table = new Uint16Array(65_536);
    let code = 0;
    let value = at + 16;
    for (let length = 1; length <= 16; length++) {
      const count = view.getUint8(at + length - 1);
      for (let i = 0; i < count; i++) {
        if (value >= to || code >= 1 << length) throw new JpegError('huffman');
        const first = code << (16 - length);
        table.fill((length << 8) | view.getUint8(value++), first, first + (1 << (16 - length)));
        code++;
      }
      code <<= 1;
    }
    at = value;
    tables.set((key >> 4) * 4 + (key & 3), table);
  }
}

/** Bits of an entropy-coded segment; stuffed zeros are taken out, markers end it (ITU T.81, B.1.1.5). */
export class BitReader {
  private held = 0;
  private count = 0;
  private missing = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** Where the next byte is read. */
    public position: number,
  ) {}

  /** The next symbol of a table. @throws JpegError where no code matches or the data have ended */
  symbol(table: HuffmanTable): number {
    this.fill();
    const entry = table[(this.held >>> (this.count - 16)) & 0xffff] as number;
    if (entry === 0) throw new JpegError('code');
    this.take(entry >> 8);
    return entry & 0xff;
  }

  /** The next `size` bits as the difference that they stand for (ITU T.81, F.1.2.1, EXTEND). @param size 0 to 16 */
  difference(size: number): number {
    if (size === 0) return 0;
    this.fill();
    const bits = (this.held >>> (this.count - size)) & ((1 << size) - 1);
    this.take(size);
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }

  /** Goes past the restart marker that has to follow. @throws JpegError */
  restart(number: number): void {
    this.held = this.count = 0;
    this.missing = 0;
    while (this.bytes[this.position] === 0xff && this.bytes[this.position + 1] === 0xff) this.position++;
    if (this.bytes[this.position] !== 0xff || this.bytes[this.position + 1] !== 0xd0 + number) throw new JpegError('restart');
    this.position += 2;
  }

  /** Holds at least 16 bits; after the end of the data these are zeros, and {@link take} tells when one of them is used. */
  private fill(): void {
    while (this.count < 16) {
      const byte = this.bytes[this.position];
      if (byte === undefined || (byte === 0xff && this.bytes[this.position + 1] !== 0)) {
        this.held = (this.held << 8) & 0xffffff;
        this.missing += 8;
      } else {
        this.held = ((this.held << 8) | byte) & 0xffffff;
        this.position += byte === 0xff ? 2 : 1;
      }
      this.count += 8;
    }
  }

  private take(size: number): void {
    this.count -= size;
    if (this.count < this.missing) throw new JpegError('data end');
  }
}
