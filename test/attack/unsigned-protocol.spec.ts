import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '@cohortium/analysis';
import type { AnyQuery, RosterScope } from '@cohortium/federation';
import { canonicalJson, parseSiteId, sha256 } from '@cohortium/kernel';
import { addSignature, amend, checkProtocol, protocolHash, signDocument, unsignedProtocol } from '@cohortium/protocol';
import type { PersonJwk, Protocol, SignedProtocol, SignerRole } from '@cohortium/protocol';
import {
  TestCoordinator,
  compileProject,
  findTestBroker,
  prepareSiteProcess,
  startTestBroker,
  startTestPostgres,
  wholeRunMs,
} from '@cohortium/testkit';
import type { SiteProcess, TestBroker, TestPostgres } from '@cohortium/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementOf } from '../../apps/cli/src/trust/sign.command.js';

/* A19: a coordinator asks under protocols that the site's own people have not signed. The site node is a process on a real broker. */

const absent = findTestBroker() === undefined;
if (absent) console.warn('skipped: no nats-server (set NATS_SERVER_BIN, or run the set-up)');

const text = { en: 'A test', zh: '测试' };
const clause = { purpose: text, scope: 'training', minParticipantsPerSite: 10 };

function protocolOf(version: string, moments: object = {}): Protocol {
  return checkProtocol({
    schemaVersion: 1,
    study: 'signed',
    version,
    title: text,
    endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
    features: { all: true },
    featureList: { names: ['f1'], sha256: sha256('f1') },
    sites: { training: ['H1', 'H2', 'H3'], external: [] },
    analysis: { models: [{ id: 'm', alpha: 0, penalty: { rule: 'fixed', lambda: 1 } }], primaryModel: 'm' },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: [
      { ...clause, clauseId: 'moments', operations: ['statistics.first-moments@1'], kind: 'sum', secureAggregation: 'off', ...moments },
    ],
  });
}

interface Person {
  readonly role: SignerRole;
  readonly site: string | null;
  readonly name: string;
  readonly key: PersonJwk;
}

function person(role: SignerRole, site: string | null): Person {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  return { role, site, name: role, key: { kty: 'OKP', crv: 'Ed25519', x, d } };
}

const [coordinator, pi, board] = [person('coordinator', null), person('sitePi', 'H1'), person('ethicsBoard', 'H1')];
const own = [coordinator, pi, board];

async function signedBy(
  start: SignedProtocol,
  people: readonly Person[],
  statement: 'approve' | 'revoke' = 'approve',
): Promise<SignedProtocol> {
  let signed = start;
  for (const by of people) {
    const protocol = signed.versions.at(-1)?.protocol as Protocol;
    signed = addSignature(signed, await signDocument(protocol, statementOf(signed, by, statement, new Date()), by.key));
  }
  return signed;
}

const rows = Array.from({ length: 23 }, (_, i) => ({ id: `P${i}`, f1: i * 1.25 - 7, y: i % 2 }));
const cohort = {
  features: ['patient_id,site,f1', ...rows.map((r) => `${r.id},H1,${r.f1}`)].join('\n'),
  clinical: ['patient_id,site,y', ...rows.map((r) => `${r.id},H1,${r.y}`)].join('\n'),
};
const query = catalogue.get('statistics.first-moments@1') as AnyQuery;
const params = { heldOut: [null], featureCount: 1 };
const training: RosterScope = { name: 'training', sites: ['H1', 'H2', 'H3'].map(parseSiteId) };
const policy = 'approve: {studies: any, allowExceptions: true}\n';

describe.skipIf(absent)('a coordinator that asks under what nobody signed (A19)', () => {
  let postgres: TestPostgres;
  let broker: TestBroker;
  let node: SiteProcess;
  let asking: TestCoordinator;
  let closeLink: () => Promise<void>;
  let runs = 0;

  beforeAll(async () => {
    compileProject('apps/site-node');
    [postgres, broker] = await Promise.all([startTestPostgres(), startTestBroker({ sites: ['H1'] })]);
    const link = await broker.link('coordinator');
    closeLink = () => link.close();
    asking = await TestCoordinator.open(link, protocolOf('1.0.0'), 'H1');
    node = prepareSiteProcess({
      site: 'H1',
      seed: broker.keys.get('H1')?.seed as Uint8Array,
      databaseUrl: await postgres.createDatabase('signed-H1'),
      brokerUrl: broker.url,
      cohort,
      policy: `${policy}signatures: required\n`,
      // The questions are of the test's own making; that they follow from a program is the matter of other tests.
      program: 'test/fixtures/unprotected-site.mjs',
    });
    const pinned = ({ name, key }: Person) => ({ name, publicKey: key.x });
    bring('people.json', { schemaVersion: 1, coordinator: pinned(coordinator), sitePi: pinned(pi), ethicsBoard: pinned(board) });
    node.start();
  }, wholeRunMs);

  afterAll(async () => {
    await node?.remove();
    await asking?.close();
    await closeLink?.();
    await Promise.all([postgres?.stop(), broker?.stop()]);
  });

  /** Puts a file below `trust/`, as the site's own people do. */
  function bring(name: string, value: unknown): void {
    const file = join(node.dataDir, 'trust', name);
    mkdirSync(join(node.dataDir, 'trust', 'protocols'), { recursive: true, mode: 0o700 });
    writeFileSync(file, canonicalJson(value), { mode: 0o600 });
  }

  const bringProtocol = (signed: SignedProtocol) => bring('protocols/signed.json', signed);
  const order = (state: string) =>
    writeFileSync(join(node.dataDir, 'operator.json'), JSON.stringify({ schemaVersion: 1, state, at: new Date().toISOString() }), {
      mode: 0o600,
    });

  /** Offers a protocol and asks under it; the site's decision may come before or after. Answers what became of the question. */
  async function ask(protocol: Protocol, attempt = 1): Promise<{ state: string; reason: string | null }> {
    const run = `r${++runs}`;
    await asking.offer(protocol);
    await asking.ask(query, params, training, { run, round: 1, attempt, forge: { protocolHash: protocolHash(protocol) } });
    const { header } = await asking.until(`an answer in ${run}`, () => asking.answers(run, 1)[0]);
    return { state: header.state, reason: header.reason };
  }

  const first = protocolOf('1.0.0');
  const withheld = (reason: string) => ({ state: 'withheld', reason });
  const released = { state: 'released', reason: null };

  it('gets nothing without signatures, although the policy would allow it', async () => {
    expect(await ask(first)).toEqual(withheld('notApproved'));
    // The answer may arrive before the decision.
    await expect.poll(() => asking.of('approval').at(-1)?.header).toMatchObject({ decision: 'waiting', reason: 'waitingForSignatures' });
  });

  it.each([
    ['the coordinator and the PI alone', [coordinator, pi]],
    ['the coordinator and the board alone', [coordinator, board]],
    ['PI and board without the coordinator', [pi, board]],
    ['somebody in the name of the board', [coordinator, pi, person('ethicsBoard', 'H1')]],
    ['the PI for the board', [coordinator, pi, { ...board, key: pi.key }]],
    ['the people of another hospital', [coordinator, person('sitePi', 'H2'), person('ethicsBoard', 'H2')]],
  ])('gets nothing on the signatures of %s', async (_, people) => {
    bringProtocol(await signedBy(unsignedProtocol(first), people));
    expect(await ask(first)).toEqual(withheld('notApproved'));
  });

  it('gets an answer once all three have signed, without any restart', async () => {
    bringProtocol(await signedBy(unsignedProtocol(first), own));
    expect(await ask(first)).toEqual(released);
  });

  it('gets nothing under a version that the board has not signed, while the signed one stands', async () => {
    const second = protocolOf('1.1.0', { minParticipantsPerSite: 11 });
    const signed = await signedBy(unsignedProtocol(first), own);
    bringProtocol(await signedBy(amend(signed, second), [coordinator, pi]));
    expect(await ask(second)).toEqual(withheld('notApproved'));
    expect(await ask(first)).toEqual(released);
    bringProtocol(await signedBy(amend(signed, second), own));
    expect(await ask(second)).toEqual(released);
    // The amended version has taken its place.
    expect(await ask(first)).toEqual(withheld('notApproved'));
    bringProtocol(signed);
    expect(await ask(first)).toEqual(released);
  });

  it('gets nothing while the operator has paused the node, and again after', async () => {
    order('paused');
    expect(await ask(first)).toEqual(withheld('paused'));
    order('nonsense');
    expect(await ask(first)).toEqual(withheld('paused'));
    order('running');
    expect(await ask(first)).toEqual(released);
  });

  it('gets nothing outside the dates of a clause', async () => {
    const past = protocolOf('2.0.0', { notAfter: new Date(Date.now() - 1000).toISOString() });
    const future = protocolOf('2.1.0', { notBefore: new Date(Date.now() + 3_600_000).toISOString() });
    bringProtocol(await signedBy(unsignedProtocol(past), own));
    expect(await ask(past)).toEqual(withheld('expired'));
    bringProtocol(await signedBy(unsignedProtocol(future), own));
    expect(await ask(future)).toEqual(withheld('notApproved'));
  });

  it('gets nothing from the moment of a revocation on, whatever is brought or forgotten later', async () => {
    const whole = await signedBy(unsignedProtocol(first), own);
    bringProtocol(whole);
    expect(await ask(first)).toEqual(released);
    bringProtocol(await signedBy(whole, [board], 'revoke'));
    expect(await ask(first)).toEqual(withheld('notApproved'));
    await expect.poll(() => asking.of('approval').at(-1)?.header).toMatchObject({ decision: 'refused', reason: 'revoked' });
    // The file without the revocation comes back: the site remembers.
    bringProtocol(whole);
    expect(await ask(first)).toEqual(withheld('notApproved'));
  });

  it('ends the node at a stop, which then does not start until it is resumed', async () => {
    order('stopped');
    expect(await node.ended()).toBe(0);
    node.start();
    expect(await node.ended()).toBe(3);
    expect(node.stderr()).toContain('SITE.STOPPED');
    order('running');
    node.start();
    const third = protocolOf('3.0.0');
    bringProtocol(await signedBy(unsignedProtocol(third), own));
    expect(await ask(third)).toEqual(released);
  });

  it('a site that asks for no signatures is taken in by any of this', async () => {
    writeFileSync(join(node.dataDir, 'policy.yaml'), `${policy}signatures: notRequired\n`, { mode: 0o600 });
    rmSync(join(node.dataDir, 'trust'), { recursive: true });
    expect(await ask(protocolOf('9.0.0'))).toEqual(released);
  });
});
