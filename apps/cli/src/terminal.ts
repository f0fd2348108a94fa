import type { Language } from '@cohortium/kernel';
import { translate } from './messages.js';
import type { Translate } from './messages.js';

/** The part of a stream that we need; `columns` only where it is a terminal. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Data on stdout, words on stderr, in one language. */
export class Terminal {
  readonly t: Translate;
  private statusShown = false;

  constructor(
    readonly language: Language,
    /** Stdout carries one JSON object and nothing else. */
    readonly json: boolean,
    private readonly stdout: OutputStream = process.stdout,
    private readonly stderr: OutputStream = process.stderr,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {
    this.t = translate(language);
  }

  /** True when words are read on a terminal as they appear. */
  get live(): boolean {
    return this.stderr.isTTY === true && this.env['TERM'] !== 'dumb';
  }

  /** One line of words. */
  say(line: string): void {
    this.clearStatus();
    this.stderr.write(`${line}\n`);
  }

  /** The one line that tells what is going on; on a terminal each replaces the last, elsewhere it is not shown. */
  status(line: string): void {
    if (!this.live) return;
    this.stderr.write(`\r\x1b[2K${clip(line, (this.stderr.columns || 80) - 1)}`);
    this.statusShown = true;
  }

  /** Ends the status line. */
  clearStatus(): void {
    if (this.statusShown) this.stderr.write('\r\x1b[2K');
    this.statusShown = false;
  }

  /** Text for a person on stdout; nothing in JSON mode. */
  data(text: string): void {
    this.clearStatus();
    if (!this.json) this.stdout.write(`${text}\n`);
  }

  /** The JSON object of JSON mode. */
  jsonObject(value: unknown): void {
    this.clearStatus();
    if (this.json) this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Emphasis where the terminal shows it and NO_COLOR (no-color.org) is not set. */
  strong(text: string): string {
    return this.live && !this.env['NO_COLOR'] ? `\x1b[1m${text}\x1b[22m` : text;
  }
}

/** Columns that a text takes on a terminal: CJK characters and full-width forms take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character.codePointAt(0) as number) ? 2 : 1;
  return width;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

function clip(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let out = '';
  for (const character of text) {
    if (displayWidth(out) + displayWidth(character) > columns - 1) break;
    out += character;
  }
  return `${out}…`;
}

/** Left- or right-aligned columns under a header, two spaces between. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): string {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => displayWidth(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] as number) - displayWidth(cell));
        return rightAligned.includes(column) ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}
