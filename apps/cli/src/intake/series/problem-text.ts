import { imagingErrors } from '@cohortium/imaging';
import type { StatedProblem } from '@cohortium/imaging';
import { formatMessage } from '@cohortium/kernel';
import type { ErrorEntry, Language } from '@cohortium/kernel';

/** What happened, in the language of the reader, with its code. */
export function problemText({ code, params, message }: StatedProblem, language: Language): string {
  const entry = (imagingErrors.entries as Readonly<Record<string, ErrorEntry>>)[code];
  return entry === undefined ? `${code}: ${message}` : `${code}: ${formatMessage(entry[language].what, language, params)}`;
}
