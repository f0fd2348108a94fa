import { mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ed25519Signer } from '@cohortium/kernel';
import { writePrivate } from './site-folders.js';
import type { SiteFolder } from './site-folders.js';

/** Public keys of one site. */
export interface Identity {
  readonly nkey: string;
  readonly signingKey: string;
}

/** Puts one roster, which nobody has signed, into all folders. To be replaced by the rosters that the people of the demo sign. */
export function writeRosters(coordinatorDir: string, folders: readonly SiteFolder[], identities: readonly Identity[]): void {
  const fresh = (): string => Buffer.from(ed25519Signer(randomBytes(32)).publicKey).toString('base64url');
  const sites = folders.map(({ site }, i) => ({
    site,
    ...(identities[i] as Identity),
    agreementKey: fresh(),
    index: i + 1,
    displayName: site,
  }));
  const person = (role: string, site: string | null) => ({ role, site, name: 'demo', publicKey: fresh() });
  const people = [person('coordinator', null), ...sites.flatMap(({ site }) => [person('sitePi', site), person('ethicsBoard', site)])];
  const roster = { schemaVersion: 1, type: 'roster', consortium: 'demo', version: '1.0.0', previous: null, sites, people };
  const text = JSON.stringify({ roster, signatures: [] });
  writePrivate(join(coordinatorDir, 'roster.json'), text);
  for (const { dataDir } of folders) {
    mkdirSync(join(dataDir, 'trust'), { mode: 0o700, recursive: true });
    writePrivate(join(dataDir, 'trust', 'roster.json'), text);
  }
}
