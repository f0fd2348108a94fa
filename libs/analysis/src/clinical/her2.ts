/** Immunohistochemistry score of HER-2. */
export const ihcScores = ['0', '1+', '2+', '3+'] as const;
/** See {@link ihcScores}. */
export type IhcScore = (typeof ihcScores)[number];
/** In-situ hybridization: whether ERBB2 is amplified. */
export const ishResults = ['negative', 'positive'] as const;
/** See {@link ishResults}. */
export type IshResult = (typeof ishResults)[number];
/** HER-2 class of a tumor; `indeterminate` is counted and never guessed. */
export const her2Classes = ['zero', 'low', 'positive', 'indeterminate'] as const;
/** See {@link her2Classes}. */
export type Her2Class = (typeof her2Classes)[number];

/** HER-2 class with what a pathologist should look at. */
export interface Her2Status {
  readonly status: Her2Class;
  /** IHC and ISH contradict each other: 0 or 1+ with amplification, 3+ without. */
  readonly discordant: boolean;
}

/**
 * HER-2 class from IHC and ISH: positive is IHC 3+ or an amplified gene; low is 1+, or 2+ without amplification; zero is 0; 2+ without
 * ISH, and ISH alone where it is negative, say nothing certain. ASCO/CAP 2018 and 2023 (doi:10.1200/JCO.2018.77.8738,
 * doi:10.1200/JCO.22.02864); HER-2-low as in DESTINY-Breast04 (doi:10.1056/NEJMoa2203690).
 * @param ihc undefined where it was not done
 * @param ish undefined where it was not done
 * @example her2Status('2+', 'negative') // { status: 'low', discordant: false }
 */
export function her2Status(ihc: IhcScore | undefined, ish: IshResult | undefined): Her2Status {
  const isAmplified = ish === 'positive';
  const discordant = (isAmplified && (ihc === '0' || ihc === '1+')) || (ish === 'negative' && ihc === '3+');
  if (ihc === '3+' || isAmplified) return { status: 'positive', discordant };
  if (ihc === '0') return { status: 'zero', discordant };
  if (ihc === '1+' || (ihc === '2+' && ish === 'negative')) return { status: 'low', discordant };
  return { status: 'indeterminate', discordant };
}
