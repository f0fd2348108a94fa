import { consumers } from '@cohortium/contracts';
import type { CoordinatorDatabase } from '@cohortium/persistence';
import type { BrokerLink } from '@cohortium/transport';

/** A round of a hundred sites with a million doubles each fits; rounds are purged long before. */
const maxStreamBytes = 2 * 1024 ** 3;
const maxAgeMs = 7 * 24 * 3_600_000;
/** Three times the 5 s in which a receiver that still works says so. What a killed receiver had in hand waits this long. */
const ackWaitMs = 15_000;

/** Makes streams and consumers at the broker; repeated after each reconnection, in case the broker lost its disk. */
export async function setUpBroker(link: BrokerLink, database: CoordinatorDatabase): Promise<void> {
  await link.ensureStreams({ maxBytes: maxStreamBytes, maxAgeMs });
  const { stream, name, filter } = consumers.up;
  await link.ensureConsumer({ stream, name, filter, ackWaitMs, maxAckPending: 64 });
  for (const { site } of await database.sites.all()) await setUpSite(link, site);
}

/** Makes the consumer from which one site pulls its messages. */
export async function setUpSite(link: BrokerLink, site: string): Promise<void> {
  const { stream, name, filter } = consumers.task(site);
  await link.ensureConsumer({ stream, name, filter, ackWaitMs, maxAckPending: 16 });
}
