import { analysisErrors } from '@cohortium/analysis';
import { contractsErrors } from '@cohortium/contracts';
import { federationErrors } from '@cohortium/federation';
import { harmonizationErrors } from '@cohortium/harmonization';
import { AppError, kernelErrors } from '@cohortium/kernel';
import type { ErrorEntry, MessageParams } from '@cohortium/kernel';
import { learningErrors } from '@cohortium/learning';
import { ledgerErrors } from '@cohortium/ledger';
import { privacyErrors, secureAggregationErrors } from '@cohortium/privacy';
import { protocolErrors } from '@cohortium/protocol';
import { statisticsErrors } from '@cohortium/statistics';
import { transportErrors } from '@cohortium/transport';
import { validationErrors } from '@cohortium/validation';

const catalogs: readonly Readonly<Record<string, ErrorEntry>>[] = [
  kernelErrors.entries,
  protocolErrors.entries,
  federationErrors.entries,
  harmonizationErrors.entries,
  statisticsErrors.entries,
  learningErrors.entries,
  validationErrors.entries,
  analysisErrors.entries,
  contractsErrors.entries,
  privacyErrors.entries,
  secureAggregationErrors.entries,
  transportErrors.entries,
  ledgerErrors.entries,
];

/** An error that crossed a process border, with its texts in both languages; undefined for a code of another program. */
export function rebuildError(code: string, params: MessageParams): AppError | undefined {
  const entry = catalogs.find((entries) => Object.hasOwn(entries, code))?.[code];
  return entry && new AppError(code, entry, params);
}
