/** Tells whether bytes look like those of a keystream. */
export class ByteCounts {
  private readonly counts = new Float64Array(256);

  add(bytes: Uint8Array): void {
    for (const byte of bytes) this.counts[byte] = (this.counts[byte] as number) + 1;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Distance of chi-square (255 degrees of freedom) from what uniform bytes give on average, in standard deviations. */
  get deviation(): number {
    const expected = this.count / 256;
    const chiSquare = this.counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    return Math.abs(chiSquare - 255) / Math.sqrt(2 * 255);
  }
}
