import type { Language, MessageParams } from './catalog.js';
import { formatMessage } from './catalog.js';

/**
 * Process exit codes: 0 ok, 1 unexpected fault, 2 usage or bad input, 3 refused by policy, 4 waiting for approval,
 * 5 peer unreachable, 6 integrity failure, 7 too few data.
 */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** What went wrong and what to do next, in ICU MessageFormat. */
export interface ErrorText {
  /** What happened, where, and why. */
  readonly what: string;
  /** What the reader can do about it. */
  readonly next: string;
}

/** One entry of a library's error catalog. */
export interface ErrorEntry {
  readonly exit: ExitCode;
  readonly en: ErrorText;
  readonly zh: ErrorText;
}

/** An expected failure with a typed code; `docs/errors/<CODE>.md` explains each. Carries no participant data. */
export class AppError<Code extends string = string> extends Error {
  constructor(
    readonly code: Code,
    readonly entry: ErrorEntry,
    readonly params: MessageParams,
    options?: { readonly cause?: unknown },
  ) {
    super(`${code}: ${formatMessage(entry.en.what, 'en', params)}`, options);
    this.name = 'AppError';
  }

  /** The process exit code for this failure. */
  get exit(): ExitCode {
    return this.entry.exit;
  }

  /** What, next step and documentation page as a person reads them. */
  render(language: Language): string {
    const text = this.entry[language];
    const labels = language === 'zh' ? { next: '处理办法', page: '说明' } : { next: 'What to do', page: 'More' };
    return [
      `${this.code}: ${formatMessage(text.what, language, this.params)}`,
      `${labels.next}: ${formatMessage(text.next, language, this.params)}`,
      `${labels.page}: docs/errors/${this.code}.md`,
    ].join('\n');
  }

  /** The form that crosses process borders: code and parameters, never a stack. */
  toJSON(): { code: Code; params: MessageParams; message: string } {
    return { code: this.code, params: this.params, message: this.message };
  }
}

/** A library's closed set of errors. */
export interface ErrorCatalog<Code extends string> {
  readonly entries: Readonly<Record<Code, ErrorEntry>>;
  error(code: Code, params?: MessageParams, options?: { readonly cause?: unknown }): AppError<Code>;
}

/** Declares the errors of one library, both languages side by side. */
export function defineErrors<Code extends string>(entries: Readonly<Record<Code, ErrorEntry>>): ErrorCatalog<Code> {
  return { entries, error: (code, params = {}, options) => new AppError(code, entries[code], params, options) };
}

/** True for an {@link AppError}, of the given code if one is named. */
export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}
