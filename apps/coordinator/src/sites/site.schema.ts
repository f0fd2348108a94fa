import { z } from 'zod';

/** Code of a site. */
export const siteCode = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'is not 1 to 32 letters, digits, _ or -');

/** Enrolls a site. */
export const newSite = z
  .strictObject({
    site: siteCode,
    displayName: z.string().min(1).max(200).describe('Free text, shown to people'),
    nkey: z
      .string()
      .regex(/^U[A-Z2-7]{55}$/, 'is not the public key of a broker user')
      .describe('Public key of the site node at the broker'),
  })
  .meta({ id: 'NewSite' });

/** A site as the interface shows it. */
export const siteView = z
  .strictObject({
    site: siteCode,
    displayName: z.string(),
    nkey: z.string(),
    enrolledAt: z.iso.datetime(),
    release: z.string().nullable().describe('Release that the site node said it runs'),
    helloAt: z.iso.datetime().nullable(),
    status: z.enum(['neverSeen', 'online', 'silent']).describe('online: a heartbeat within the last 30 s'),
    lastHeartbeatAt: z.iso.datetime().nullable().describe('Since the start of this coordinator'),
    state: z.enum(['idle', 'computing', 'sending', 'blocked']).nullable().describe('What its last heartbeat said'),
  })
  .meta({ id: 'Site' });

/** See {@link newSite}. */
export type NewSite = z.output<typeof newSite>;
/** See {@link siteView}. */
export type SiteView = z.output<typeof siteView>;
