import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { canonicalJson } from '@cohortium/kernel';
import { addSignature, assertRoster, keyFingerprint, signDocument, unsignedProtocol } from '@cohortium/protocol';
import type { KeyRecord, PersonJwk, Protocol, Roster, SignedProtocol, SignedRoster, SignerRole } from '@cohortium/protocol';
import { createKeyFile, openKeyFile } from '../trust/key-file.js';
import type { PersonKeyFile } from '../trust/key-file.js';
import { statementOf } from '../trust/sign.command.js';
import { writePrivate } from './site-folders.js';

/** A person of the demo, with the key in a folder of their own. */
interface DemoPerson {
  readonly file: PersonKeyFile;
  readonly key: PersonJwk;
}

/** What the people of the demo have signed. */
export interface SignedStudy {
  readonly signed: SignedProtocol;
  readonly roster: SignedRoster;
  /** One line per site: the fingerprints of its PI and its board. */
  readonly sites: readonly { readonly site: string; readonly pi: string; readonly board: string }[];
}

/**
 * Plays the people of a federation: a coordinator, and a PI and an ethics board for each site. Each makes a key in a folder of their own,
 * encrypted by a passphrase of their own; the coordinator and the PIs sign the roster, all sign the protocol; each site's people bring the
 * result to their own site. In a real study these are people with their own machines, and `cohortium key`, `cohortium protocol sign`.
 * @param parent folder for the people's folders
 * @param coordinatorLogKey what the coordinator's node says that it signs its logs with
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`
 */
export async function signByPeople(
  parent: string,
  protocol: Protocol,
  sites: readonly { readonly site: string; readonly dataDir: string; readonly record: KeyRecord }[],
  coordinatorLogKey: string,
): Promise<SignedStudy> {
  const posts: [SignerRole, string | null][] = [
    ['coordinator', null],
    ...sites.flatMap(({ site }): [SignerRole, string][] => [
      ['sitePi', site],
      ['ethicsBoard', site],
    ]),
  ];
  const people = await Promise.all(posts.map(([role, site]) => makePerson(parent, role, site)));
  const roster = await signRoster(protocol.study, sites, people, coordinatorLogKey);
  let signed = unsignedProtocol(protocol);
  for (const { file, key } of people)
    signed = addSignature(signed, await signDocument(protocol, statementOf(signed, file, 'approve', new Date()), key));
  const of = (role: SignerRole, site: string | null) =>
    (people.find(({ file }) => file.role === role && file.site === site) as DemoPerson).file;
  for (const { site, dataDir } of sites) {
    const pinned = ({ name, publicKey }: PersonKeyFile) => ({ name, publicKey });
    const whose = {
      coordinator: pinned(of('coordinator', null)),
      sitePi: pinned(of('sitePi', site)),
      ethicsBoard: pinned(of('ethicsBoard', site)),
    };
    writePrivate(join(dataDir, 'trust', 'people.json'), canonicalJson({ schemaVersion: 1, ...whose }));
    writePrivate(join(dataDir, 'trust', 'roster.json'), canonicalJson(roster));
    writePrivate(join(dataDir, 'trust', 'protocols', `${protocol.study}.json`), canonicalJson(signed));
  }
  const fingerprint = (role: SignerRole, site: string) => keyFingerprint(of(role, site).publicKey);
  return {
    signed,
    roster,
    sites: sites.map(({ site }) => ({ site, pi: fingerprint('sitePi', site), board: fingerprint('ethicsBoard', site) })),
  };
}

/** A key file and its passphrase, in a folder that only this person would have; opened again as signing opens it. */
async function makePerson(parent: string, role: SignerRole, site: string | null): Promise<DemoPerson> {
  const folder = join(parent, site === null ? role : `${site}-${role}`);
  const passphrase = randomBytes(18).toString('base64url');
  writePrivate(join(folder, 'passphrase'), passphrase);
  const path = join(folder, 'person.key');
  await createKeyFile(path, { role, site, name: site === null ? 'Demo coordinator' : `Demo ${role} of ${site}` }, passphrase);
  return openKeyFile(path, passphrase);
}

async function signRoster(
  consortium: string,
  sites: readonly { readonly record: KeyRecord }[],
  people: readonly DemoPerson[],
  coordinatorLogKey: string,
): Promise<SignedRoster> {
  const roster: Roster = {
    schemaVersion: 1,
    type: 'roster',
    consortium,
    version: '1.0.0',
    previous: null,
    coordinatorLogKey,
    sites: sites.map(({ record }, i) => ({ ...record, index: i + 1, displayName: record.site })),
    people: people.map(({ file: { role, site, name, publicKey } }) => ({ role, site, name, publicKey })),
  };
  assertRoster(roster);
  const signers = people.filter(({ file }) => file.role !== 'ethicsBoard');
  const common = { document: 'roster', study: consortium, version: '1.0.0', previous: null, statement: 'approve' } as const;
  const signatures = await Promise.all(
    signers.map(({ file: { role, site, name }, key }) =>
      signDocument(roster, { ...common, role, site, name, signedAt: new Date().toISOString() }, key),
    ),
  );
  return { roster, signatures };
}
