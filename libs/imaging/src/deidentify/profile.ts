import table from './profile-table.json' with { type: 'json' };
import { imagingErrors } from '../errors.js';
import { isPrivateTag } from '../dicom/dictionary.js';

/** Options of the profile (PS3.15, E.3) with their codes of CID 7050 (PS3.16), in the order of the columns of Table E.1-1. */
export const deidentificationOptions = {
  retainSafePrivate: { code: '113111', meaning: 'Retain Safe Private Option' },
  retainUids: { code: '113110', meaning: 'Retain UIDs Option' },
  retainDeviceIdentity: { code: '113109', meaning: 'Retain Device Identity Option' },
  retainInstitutionIdentity: { code: '113112', meaning: 'Retain Institution Identity Option' },
  retainPatientCharacteristics: { code: '113108', meaning: 'Retain Patient Characteristics Option' },
  retainFullDates: { code: '113106', meaning: 'Retain Longitudinal Temporal Information Full Dates Option' },
  retainModifiedDates: { code: '113107', meaning: 'Retain Longitudinal Temporal Information Modified Dates Option' },
  cleanDescriptors: { code: '113105', meaning: 'Clean Descriptors Option' },
  cleanStructuredContent: { code: '113104', meaning: 'Clean Structured Content Option' },
  cleanGraphics: { code: '113103', meaning: 'Clean Graphics Option' },
} as const;

/** One option of the profile. */
export type DeidentificationOption = keyof typeof deidentificationOptions;

/** The pinned table: edition, where it came from, number of its rows. */
export const deidentificationTable = {
  standard: table.standard,
  edition: table.edition,
  source: table.source,
  checked: table.checked,
  rowCount: table.rowCount,
} as const;

type Row = { readonly tag: string; readonly basic: string } & Readonly<Partial<Record<DeidentificationOption, string>>>;

const rows = new Map<string, Row>((table.rows as readonly Row[]).map((row) => [row.tag, row]));

/** Rows of the table as they were read. */
export function tableRows(): readonly Row[] {
  return [...rows.values()];
}

/**
 * What becomes of an attribute. `empty`: zero length; `dummy`: a value without meaning; `uid`: a keyed UID; `walk`: a sequence whose items go
 * through the table; `shift`: a date moved by the participant's secret; `clean`: only known words stay; `outside`: the table does not name it.
 */
export type Action = 'remove' | 'empty' | 'dummy' | 'uid' | 'walk' | 'keep' | 'shift' | 'clean' | 'safePrivate' | 'outside';

/**
 * Combined codes leave a choice by the type of the attribute in the object (PS3.15, E.1). An empty value or a dummy tells as little as
 * absence and keeps every object valid, so the last of the choices is taken; references (`U*`) are kept with new UIDs.
 */
const basicActions: Readonly<Record<string, Action>> = {
  X: 'remove',
  Z: 'empty',
  D: 'dummy',
  U: 'uid',
  'X/Z': 'empty',
  'X/D': 'dummy',
  'Z/D': 'dummy',
  'X/Z/D': 'dummy',
  'X/Z/U*': 'walk',
};

/** The table under a set of options. */
export class DeidentificationProfile {
  readonly options: readonly DeidentificationOption[];

  /** @throws `IMAGING.DEIDENTIFICATION_OPTIONS` for dates that are kept and moved at once */
  constructor(options: Iterable<DeidentificationOption>) {
    const asked = new Set(options);
    if (asked.has('retainFullDates') && asked.has('retainModifiedDates')) throw imagingErrors.error('IMAGING.DEIDENTIFICATION_OPTIONS');
    this.options = (Object.keys(deidentificationOptions) as DeidentificationOption[]).filter((option) => asked.has(option));
  }

  /** True where the option was asked for. */
  has(option: DeidentificationOption): boolean {
    return this.options.includes(option);
  }

  /** What the basic profile says of a tag, in its own codes (`X/Z/D`); undefined for tags that the table does not name. */
  basicCode(tag: string): string | undefined {
    return rows.get(tag)?.basic;
  }

  /**
   * Action for a tag. Where one option keeps and another cleans, it is cleaned. Graphics cannot be cleaned by a program: curves and overlays
   * are removed whatever the options say, groups as a whole, since the rest of them describes what is gone.
   */
  actionFor(tag: string): Action {
    if (isPrivateTag(tag)) return this.has('retainSafePrivate') ? 'safePrivate' : 'remove';
    if (/^(50|60)[0-9a-f]{2}/.test(tag)) return 'remove';
    const row = rows.get(tag);
    if (row === undefined) return 'outside';
    const asked = this.options.filter((option) => row[option] !== undefined);
    const cleaning = asked.find((option) => row[option] === 'C');
    if (cleaning !== undefined) return cleaning === 'retainModifiedDates' ? 'shift' : cleaning === 'cleanStructuredContent' || cleaning === 'cleanGraphics' ? 'walk' : 'clean'; // prettier-ignore
    if (asked.length > 0) return 'keep';
    return basicActions[row.basic] as Action;
  }
}
