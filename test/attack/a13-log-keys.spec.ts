import { ed25519Signer, sha256 } from '@cohortium/kernel';
import {
  coordinatorLog,
  encodeLeaf,
  formatKey,
  leafHash,
  parseNote,
  rootOf,
  signCheckpoint,
  signatureTypes,
  siteLog,
} from '@cohortium/ledger';
import { decodeUpMessage, wireVersion } from '@cohortium/contracts';
import type { WitnessMessage, WitnessedMessage } from '@cohortium/contracts';
import {
  CheckpointRepository,
  LedgerBook,
  SiteOutboxRepository,
  SiteProtocolRepository,
  openDatabase,
  siteEntities,
  siteMigrations,
} from '@cohortium/persistence';
import { startTestPostgres, tinyProtocol } from '@cohortium/testkit';
import type { TestPostgres } from '@cohortium/testkit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signByPeople } from '../../apps/cli/src/demo/people.js';
import type { Relay } from '../../apps/site-node/src/egress/relay.js';
import { ensureIdentity } from '../../apps/site-node/src/identity.js';
import type { SiteIdentity } from '../../apps/site-node/src/identity.js';
import { WitnessDesk } from '../../apps/site-node/src/ledger/witness-desk.js';
import { Approvals } from '../../apps/site-node/src/review/approvals.js';

/*
 * A13, split view: whoever can give a site another key for a log can show it another log than everybody else, with cosignatures of its own.
 * The desk, the repositories and the signed roster are the product's.
 */

const study = 'split';
const genuine = ed25519Signer(Buffer.from(sha256('log of the coordinator'), 'hex'));
const impostor = ed25519Signer(Buffer.from(sha256('log of somebody else'), 'hex'));

/** What a coordinator asks of a witness: a log of one leaf, signed by `signer`. */
function asking(log: string, signer = genuine): WitnessMessage {
  const protocolHash = sha256(`the protocol as ${Buffer.from(signer.publicKey).toString('hex')} tells it`);
  const leaf = encodeLeaf({ v: 1, at: 1, study, type: 'protocolVersion', version: '1.0.0', protocolHash });
  const root = rootOf(1, () => leafHash(Buffer.from(leaf)));
  const key = formatKey({ name: log, type: signatureTypes.ed25519, publicKey: signer.publicKey });
  const shown = { log, key, note: signCheckpoint({ origin: log, size: 1, root }, signer), from: 0, proof: [] };
  return { v: wireVersion, study, site: 'H1', type: 'witness', logs: [shown], lock: null, have: 0, echo: null };
}

describe('a log under another key (A13)', () => {
  let postgres: TestPostgres;
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-log-keys-'));
  const closers: (() => Promise<unknown>)[] = [];
  let others: readonly { readonly site: string; readonly dataDir: string; readonly identity: SiteIdentity }[];
  const dirOf = (site: string): string => join(folder, site);

  beforeAll(async () => {
    postgres = await startTestPostgres();
    others = await Promise.all(
      ['H1', 'H2', 'H3'].map(async (site) => ({
        site,
        dataDir: dirOf(site),
        identity: await ensureIdentity({ site, dataDir: dirOf(site) } as Parameters<typeof ensureIdentity>[0]),
      })),
    );
  });
  afterAll(async () => {
    for (const close of closers) await close();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A witness desk of H1 on a database of its own, and what it says and logs. */
  async function desk(name: string) {
    const source = await openDatabase({
      url: await postgres.createDatabase(name),
      applicationName: name,
      entities: siteEntities,
      migrations: siteMigrations,
    });
    closers.push(() => source.destroy());
    const lines: Record<string, unknown>[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    const { identity, dataDir } = others[0] as (typeof others)[number];
    const said: WitnessedMessage[] = [];
    const relay = {
      send: (messages: readonly { readonly frame: Uint8Array }[]) =>
        messages.forEach(({ frame }) => said.push(decodeUpMessage(frame).header as WitnessedMessage)),
    } as unknown as Relay;
    const book = new LedgerBook(source);
    const made = new WitnessDesk({
      site: 'H1',
      dataDir,
      signer: identity.signer,
      book,
      checkpoints: new CheckpointRepository(source),
      protocols: new SiteProtocolRepository(source, book, 'H1'),
      outbox: new SiteOutboxRepository(source),
      relay,
      approvals: new Approvals('H1', dataDir, identity.record, log),
      log,
    });
    return {
      ask: async (message: WitnessMessage) => {
        await made.handle(message);
        return said.at(-1) as WitnessedMessage;
      },
      codes: () => lines.flatMap(({ event, code }) => (event === 'ledger-incident' ? [code] : [])),
    };
  }

  const log = coordinatorLog(study);
  const otherKey = (name: string) => ({ cosignatures: [], refused: [{ log: name, size: 1, reason: 'otherKey' }] });

  it('is believed at the first meeting where no roster pins it, and shuts the genuine one out', async () => {
    const { ask, codes } = await desk('first-meeting');
    const believed = await ask(asking(log, impostor));
    expect(believed.refused).toEqual([]);
    expect(parseNote(`${log}\n1\n\n${believed.cosignatures[0]?.line}`).signatures[0]?.name).toBe(siteLog(study, 'H1'));
    expect(await ask(asking(log))).toMatchObject(otherKey(log));
    expect(codes()).toEqual(['SITE.OTHER_LOG_KEY']);
  });

  it('is refused from the first meeting on where the signed roster pins the key, and the genuine one is witnessed', async () => {
    const records = others.map(({ site, dataDir, identity: { record } }) => ({ site, dataDir, record }));
    const logKey = Buffer.from(genuine.publicKey).toString('base64url');
    await signByPeople(join(folder, 'people'), tinyProtocol({ study, training: ['H1', 'H2', 'H3'] }), records, logKey);
    const { ask, codes } = await desk('pinned');
    expect(await ask(asking(log, impostor))).toMatchObject(otherKey(log));
    expect(codes()).toEqual(['SITE.OTHER_LOG_KEY']);
    const witnessed = await ask(asking(log));
    expect(witnessed).toMatchObject({ refused: [], cosignatures: [{ log, size: 1 }] });
    expect(await ask(asking(log, impostor))).toMatchObject(otherKey(log));
  });

  it('is refused for the log of another site, and for a log of nobody on the roster', async () => {
    const { ask } = await desk('sites');
    for (const name of [siteLog(study, 'H2'), siteLog(study, 'H9')])
      expect(await ask(asking(name, impostor))).toMatchObject(otherKey(name));
    const own = others[1]?.identity.signer as typeof genuine;
    expect(await ask(asking(siteLog(study, 'H2'), own))).toMatchObject({ refused: [], cosignatures: [{ log: siteLog(study, 'H2') }] });
  });
});
