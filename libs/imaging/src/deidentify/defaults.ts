import type { DeidentificationOption } from './profile.js';
import type { PixelRisk } from './refusals.js';

/** Options of PS3.15 that are taken where nobody names others. */
export const defaultDeidentification: readonly DeidentificationOption[] = ['cleanDescriptors', 'retainModifiedDates', 'retainSafePrivate'];

/** Risks that a person can accept, having looked at the images. */
export const acceptableRisks: readonly PixelRisk[] = ['burnedIn', 'recognizable', 'kind', 'overlayInPixels'];
