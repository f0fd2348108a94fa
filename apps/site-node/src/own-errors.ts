import { AppError } from '@cohortium/kernel';

/** What a log may say about an error: code and text of a typed one, class and place of any other. */
export function errorFields(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof AppError)) return { code: 'UNEXPECTED', place: placeOf(error) };
  return { code: error.code, text: error.message, ...(error.cause === undefined ? {} : { place: placeOf(error.cause) }) };
}

/** Class, system code and frames of an error. Not its text, which may quote a value. */
export function placeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (error instanceof AppError) return error.code;
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  // The first lines of a stack repeat the text; frames begin with "at".
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`${error.constructor.name}${code}`, ...frames.slice(0, 6).map((line) => line.trim())].join(' | ');
}
