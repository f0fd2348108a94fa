import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, multipartBodies } from './multipart.js';

const limits = { maxPartBytes: 5000, maxParts: 20 };

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function bodies(bytes: Buffer, sizes: readonly number[] = [7]): Promise<{ parts: Buffer[]; problem: unknown }> {
  const parts: Buffer[] = [];
  try {
    for await (const part of multipartBodies(inPieces(bytes, sizes), 'x=y', limits)) parts.push(Buffer.from(part));
    return { parts, problem: undefined };
  } catch (error) {
    return { parts, problem: (error as { params?: { problem?: unknown } }).params?.problem };
  }
}

const answer = (parts: readonly Buffer[], head = 'Content-Type: application/dicom\r\n') =>
  Buffer.concat([...parts.flatMap((part) => [Buffer.from(`\r\n--x=y\r\n${head}\r\n`), part]), Buffer.from('\r\n--x=y--\r\n')]);

describe('multipart answers', () => {
  it('gives the parts byte for byte, however the stream is cut', async () => {
    const part = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        fc.boolean(),
        async (parts, sizes, bare) => {
          const whole = answer(parts);
          const { parts: found, problem } = await bodies(bare ? whole.subarray(2) : whole, sizes);
          expect(problem).toBeUndefined();
          expect(found).toEqual(parts);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the whole parts of an answer that ends early, and says so', async () => {
    const whole = answer([Buffer.from('first'), Buffer.from('second')]);
    expect(await bodies(whole.subarray(0, whole.length - 12))).toEqual({ parts: [Buffer.from('first')], problem: 'truncated' });
  });

  it('takes parts without headers', async () => {
    expect((await bodies(answer([Buffer.from('a')], ''))).parts).toEqual([Buffer.from('a')]);
  });

  it('stops at the limits: size of a part, their number, headers without end', async () => {
    expect((await bodies(answer([Buffer.alloc(5001)]), [512])).problem).toBe('tooLarge');
    expect((await bodies(answer(new Array<Buffer>(21).fill(Buffer.from('a'))), [64])).problem).toBe('tooMany');
    expect((await bodies(Buffer.concat([Buffer.from('--x=y\r\n'), Buffer.alloc(20_000, 'h')]), [512])).problem).toBe('malformed');
  });

  it('reads the boundary of the content type', () => {
    expect(boundaryOf('multipart/related; type="application/dicom"; boundary=a-b')).toBe('a-b');
    expect(boundaryOf('Multipart/Related; boundary="a b"; type="application/dicom"')).toBe('a b');
    expect(boundaryOf('application/dicom')).toBeUndefined();
  });
});
