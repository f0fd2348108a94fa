import { catalogue, onnxCheck, sitePredictions } from '@cohortium/analysis';
import type { PredictionTable, SiteCohort } from '@cohortium/analysis';
import { draftAnswer, federationErrors, requestHash } from '@cohortium/federation';
import type { Draft, RosterScope } from '@cohortium/federation';
import { unpack } from '@cohortium/kernel';
import type { ResolveFrozen, SiteId } from '@cohortium/kernel';
import { protectionOf } from '@cohortium/privacy';
import type { Protocol } from '@cohortium/protocol';
import { siteErrors } from '../errors.js';

/** One request as it arrived, before its parameters are read. */
export interface ComputeRequest {
  /** `operation@version` */
  readonly operation: string;
  readonly kind: 'sum' | 'siteSummary';
  readonly scope: RosterScope;
  /** Hash that the request states for itself. */
  readonly requestHash: string;
  /** Hash of the locked model that the request states, if any. */
  readonly modelLock: string | null;
  /** Packed parameters. */
  readonly params: Uint8Array;
}

/** What a request makes of the cohort: a draft for the gate, and tables that stay at the site. */
export interface Computed {
  readonly draft: Draft;
  readonly predictions: PredictionTable | undefined;
}

/**
 * Computes the answer to a request, as every site does: parameters are read, their hash is compared, the operation of the closed
 * catalogue runs on the rows, and a locked model is scored a second time by ONNX.
 * @param part content of a frozen part by hash
 * @throws `FEDERATION.UNKNOWN_OPERATION`, `FEDERATION.BAD_PARAMS`, `KERNEL.NOT_CANONICAL`, `SITE.REQUEST_MISMATCH`, `SITE.LOCK_MISMATCH`
 * `PRIVACY.BAD_NOISE` and the errors of the operation
 */
export async function computeAnswer(
  site: SiteId,
  { cohort, protocol }: { readonly cohort: SiteCohort; readonly protocol: Protocol },
  request: ComputeRequest,
  part: ResolveFrozen,
): Promise<Computed> {
  const { operation, kind, scope } = request;
  const query = catalogue.get(operation);
  if (query === undefined || query.kind !== kind) throw federationErrors.error('FEDERATION.UNKNOWN_OPERATION', { operation });
  const params = unpack(request.params, part);
  const asked = { query, params, scope };
  if (requestHash(asked) !== request.requestHash) throw siteErrors.error('SITE.REQUEST_MISMATCH', { operation });
  if (lockOf(params) !== undefined && lockOf(params) !== request.modelLock) throw siteErrors.error('SITE.LOCK_MISMATCH', { operation });
  const draft = draftAnswer(site, cohort.rows, asked, protectionOf(protocol, asked));
  await onnxCheck(operation, params, cohort);
  return { draft, predictions: sitePredictions(operation, params, cohort) };
}

/** Parameters that carry a locked model name its hash; it must be the one that the request says was locked. */
function lockOf(params: unknown): string | undefined {
  if (params === null || typeof params !== 'object' || !('modelSha256' in params)) return undefined;
  return typeof params.modelSha256 === 'string' ? params.modelSha256 : undefined;
}
