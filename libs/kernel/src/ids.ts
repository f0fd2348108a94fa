import { kernelErrors } from './errors.js';

declare const brand: unique symbol;
/** A string that has been parsed as one kind of identifier and cannot be mistaken for another. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Code of a site: `[A-Za-z0-9_-]{1,32}`; it names folders, database roles and message subjects. */
export type SiteId = Branded<'SiteId'>;
/** Short name of a study, same alphabet as {@link SiteId}. */
export type StudyId = Branded<'StudyId'>;
/** Identifier of one execution of a program. */
export type RunId = Branded<'RunId'>;

// `__proto__` as a key would set the prototype of an object instead of a member.
const code = /^(?!__proto__$)[A-Za-z0-9_-]{1,32}$/;

function parseCode<Name extends string>(what: string, text: string): Branded<Name> {
  if (!code.test(text)) throw kernelErrors.error('KERNEL.BAD_CODE', { what, length: text.length });
  return text as Branded<Name>;
}

/** @throws `KERNEL.BAD_CODE` when the text holds anything but 1 to 32 letters, digits, `_` and `-`. */
export const parseSiteId = (text: string): SiteId => parseCode<'SiteId'>('site', text);
/** @throws `KERNEL.BAD_CODE` */
export const parseStudyId = (text: string): StudyId => parseCode<'StudyId'>('study', text);
/** @throws `KERNEL.BAD_CODE` */
export const parseRunId = (text: string): RunId => parseCode<'RunId'>('run', text);
