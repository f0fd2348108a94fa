import { encodeMessage, subjects, wireVersion } from '@cohortium/contracts';
import type { Outgoing } from '../outbox-relay.js';
import type { SubmittedProtocol } from './submitted-protocol.js';

/** Messages that offer a protocol to sites. `attempt` makes the broker ids of a repeated offer new. */
export function protocolOffers(submitted: SubmittedProtocol, sites: readonly string[], attempt: string): readonly Outgoing[] {
  const { protocol, protocolHash } = submitted;
  return sites.map((site) => ({
    messageId: `offer.${protocolHash}.${site}.${attempt}`,
    subject: subjects.task(protocol.study, site),
    run: null,
    head: encodeMessage({ v: wireVersion, study: protocol.study, site, type: 'protocol', protocolHash, protocol }),
    slice: null,
  }));
}
