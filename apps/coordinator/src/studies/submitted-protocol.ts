import { parseSiteId } from '@cohortium/kernel';
import type { Sha256, SiteId } from '@cohortium/kernel';
import type { StudyInput } from '@cohortium/analysis';
import type { SubmittedStudy } from '@cohortium/persistence';
import { checkProtocol } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { coordinatorErrors } from '../errors.js';

/** A protocol as it was submitted, with its sites. */
export interface SubmittedProtocol extends StudyInput {
  readonly protocolHash: Sha256;
  /** Training sites, then external ones. */
  readonly sites: readonly SiteId[];
}

/** Reads a stored protocol. */
export function readSubmitted(stored: SubmittedStudy): SubmittedProtocol {
  return withSites(checkProtocol(JSON.parse(stored.protocolJson)), stored.protocolHash as Sha256);
}

/**
 * A protocol whose features and sites are resolved.
 * @throws `COORDINATOR.PROTOCOL_UNRESOLVED`
 */
export function withSites(protocol: Protocol, protocolHash: Sha256): SubmittedProtocol {
  const refuse = (missing: string) => coordinatorErrors.error('COORDINATOR.PROTOCOL_UNRESOLVED', { missing });
  if (protocol.featureList === undefined) throw refuse('featureList');
  if (protocol.sites.training === undefined) throw refuse('sites.training');
  const training = protocol.sites.training.map(parseSiteId);
  const external = protocol.sites.external.map(parseSiteId);
  return { protocol, protocolHash, training, external, sites: [...training, ...external] };
}
