import { parseSiteId, parseStudyId } from '@cohortium/kernel';
import { contractsErrors } from './errors.js';

/**
 * Subjects of the wire. Codes are checked here, at the last step before the broker: a code with a dot or a wildcard would name
 * another subject.
 * @throws `KERNEL.BAD_CODE`
 */
export const subjects = {
  /** What the coordinator sends to one site in one study; kept in {@link streams}`.task`. */
  task: (study: string, site: string): string => `fl.${parseStudyId(study)}.task.${parseSiteId(site)}`,
  /** What one site sends to the coordinator in one study; kept in {@link streams}`.up`. */
  up: (study: string, site: string): string => `fl.${parseStudyId(study)}.up.${parseSiteId(site)}`,
  /** A site's sign of life; not kept. */
  heartbeat: (site: string): string => `fl.hb.${parseSiteId(site)}`,
  /** Signs of life of all sites. */
  heartbeats: 'fl.hb.*',
} as const;

/** Stands for a study in messages of a site that belong to none: its greeting. No study may have this code. */
export const noStudy = '_';

/** Which way, in which study, to or from which site a kept message travels. */
export interface Address {
  readonly direction: 'task' | 'up';
  readonly study: string;
  readonly site: string;
}

/** Reads a subject of {@link subjects}`.task` or `.up`; undefined for any other. */
export function parseAddress(subject: string): Address | undefined {
  const match = /^fl\.([A-Za-z0-9_-]{1,32})\.(task|up)\.([A-Za-z0-9_-]{1,32})$/.exec(subject);
  if (match === null) return undefined;
  return { direction: match[2] as 'task' | 'up', study: match[1] as string, site: match[3] as string };
}

/**
 * Holds a header to the subject on which it came. The broker vouches for the subject (only site H1 may publish on `fl.*.up.H1`), not for
 * what a header claims, so every receiver of kept messages checks this before anything else.
 * @throws `CONTRACTS.WRONG_ADDRESS`
 */
export function checkAddress(header: { readonly study: string; readonly site: string }, subject: string): Address {
  const address = parseAddress(subject);
  if (address === undefined)
    throw contractsErrors.error('CONTRACTS.WRONG_ADDRESS', { subject: 'an unknown subject', study: header.study, site: header.site });
  if (address.study !== header.study || address.site !== header.site) {
    throw contractsErrors.error('CONTRACTS.WRONG_ADDRESS', { subject, study: header.study, site: header.site });
  }
  return address;
}

/** The two durable streams: names and what they keep. */
export const streams = {
  task: { name: 'TASK', subjects: ['fl.*.task.>'] },
  up: { name: 'UP', subjects: ['fl.*.up.>'] },
} as const;

/** Durable consumers; the coordinator makes them, sites only pull. */
export const consumers = {
  /** A site's view on the TASK stream. */
  task: (site: string): { readonly stream: 'TASK'; readonly name: string; readonly filter: string } => ({
    stream: 'TASK',
    name: `TASK_${parseSiteId(site)}`,
    filter: `fl.*.task.${site}`,
  }),
  /** The coordinator's view on the UP stream. */
  up: { stream: 'UP', name: 'UP_COORDINATOR', filter: 'fl.*.up.>' },
} as const;

/** Prefix of the reply subjects of one site; nobody else may listen below it. */
export function siteInbox(site: string): string {
  return `_INBOX.${parseSiteId(site)}`;
}

/** What one broker user may do; everything else is denied. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * The rights of a site's credential: send its own messages, pull from and acknowledge to its own consumer, hear its own replies.
 * It can neither read another site's messages nor create, change or remove anything in the broker.
 */
export function sitePermissions(site: string): Permissions {
  const { stream, name } = consumers.task(site);
  return {
    publish: [`fl.*.up.${site}`, subjects.heartbeat(site), `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, `$JS.ACK.${stream}.${name}.>`],
    subscribe: [`${siteInbox(site)}.>`],
  };
}
