import { intakeErrors } from '../errors.js';

/** Bounds of a multipart answer. */
export interface MultipartLimits {
  readonly maxPartBytes: number;
  readonly maxParts: number;
}

const headerLimitBytes = 16_384;

/** Boundary of a `multipart/related` answer (RFC 2046, 5.1.1); undefined where it is no such answer. */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, plain] = /^multipart\/related\b.*?;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/**
 * Bodies of the parts, each handed out when its closing boundary has come: a broken answer still gives the whole parts before the break.
 * @throws `INTAKE.BAD_ANSWER` for an answer that ends early, is malformed or exceeds the limits
 */
export async function* multipartBodies(
  stream: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<Uint8Array> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // A delimiter at the very start lacks its line break.
  const window = new Window(Buffer.from('\r\n'));
  let state: 'preamble' | 'delimiter' | 'headers' | 'body' = 'preamble';
  let parts = 0;
  for await (const chunk of stream) {
    window.push(chunk);
    for (;;) {
      if (state === 'preamble' || state === 'body') {
        const body = window.takeUntil(delimiter);
        if (window.length > limits.maxPartBytes) throw bad('tooLarge');
        if (body === undefined) break;
        if (state === 'body') {
          if (++parts > limits.maxParts) throw bad('tooMany');
          if (body.length > limits.maxPartBytes) throw bad('tooLarge');
          yield body;
        }
        state = 'delimiter';
      } else if (state === 'delimiter') {
        if (window.length < 2) break;
        if (window.startsWith('--')) return;
        const padding = window.takeUntil(Buffer.from('\r\n'));
        if (padding === undefined && window.length > headerLimitBytes) throw bad('malformed');
        if (padding === undefined) break;
        window.unread(Buffer.from('\r\n'));
        state = 'headers';
      } else {
        const headers = window.takeUntil(Buffer.from('\r\n\r\n'));
        if ((headers?.length ?? window.length) > headerLimitBytes) throw bad('malformed');
        if (headers === undefined) break;
        state = 'body';
      }
    }
  }
  throw bad('truncated');
}

function bad(problem: string): Error {
  return intakeErrors.error('INTAKE.BAD_ANSWER', { problem });
}

/** Bytes that are not yet used, in chunks, with a search that never looks at the same byte twice. */
class Window {
  private bytes: Buffer;
  private used: number;
  private searched = 0;

  constructor(start: Buffer) {
    this.bytes = start;
    this.used = start.length;
  }

  get length(): number {
    return this.used;
  }

  push(chunk: Uint8Array): void {
    if (this.used + chunk.length > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.used + chunk.length, 65_536));
      this.bytes.copy(grown, 0, 0, this.used);
      this.bytes = grown;
    }
    this.bytes.set(chunk, this.used);
    this.used += chunk.length;
  }

  startsWith(text: string): boolean {
    return this.bytes.toString('latin1', 0, Math.min(this.used, text.length)) === text;
  }

  /** Bytes before the mark, which is taken too; undefined where it has not come. */
  takeUntil(mark: Buffer): Buffer | undefined {
    const at = this.bytes.subarray(0, this.used).indexOf(mark, Math.max(0, this.searched - mark.length + 1));
    if (at < 0) {
      this.searched = this.used;
      return undefined;
    }
    const body = Buffer.from(this.bytes.subarray(0, at));
    this.bytes.copy(this.bytes, 0, at + mark.length, this.used);
    this.used -= at + mark.length;
    this.searched = 0;
    return body;
  }

  unread(mark: Buffer): void {
    const whole = Buffer.concat([mark, this.bytes.subarray(0, this.used)]);
    this.bytes = whole;
    this.used = whole.length;
    this.searched = 0;
  }
}
