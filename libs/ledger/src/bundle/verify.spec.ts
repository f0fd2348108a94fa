import { canonicalJson, hashJson, sha256 } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import type { Leaf, LeafOf } from '../leaf.js';
import { MerkleTree } from '../merkle/merkle-tree.js';
import { encodeLeaf } from '../leaf.js';
import { hexOf, leafHash } from '../merkle/hash.js';
import { signCheckpoint } from '../note/checkpoint.js';
import { addBytes, generateStudy, openingOf, writeBundle } from './generated-study.fixture.js';
import type { GeneratedLog, GeneratedStudy } from './generated-study.fixture.js';
import type { FindingRule } from './findings.js';
import { verifyBundle } from './verify.js';

const size = { trainingSites: 4, externalSites: 2, rounds: 6 };
const options = { recomputeTotal: addBytes };
const logOf = (made: GeneratedStudy, site: string | null): GeneratedLog => made.logs.find((log) => log.site === site) as GeneratedLog;
const firstOf = <T extends Leaf['type']>(log: GeneratedLog, type: T): LeafOf<T> =>
  log.leaves.find((leaf) => leaf.type === type) as LeafOf<T>;
const placeOf = (log: GeneratedLog, type: Leaf['type']): number => log.leaves.findIndex((leaf) => leaf.type === type);
const first = (text: string): { rule: FindingRule; log: string | null; index: number | null } | undefined =>
  verifyBundle(text, options).findings[0];

/** Replaces the leaf at a place by itself with other fields, before anything is signed: what a node does that lies and signs its lie. */
function rewrite(log: GeneratedLog, index: number, change: Record<string, unknown>): void {
  log.leaves[index] = { ...log.leaves[index], ...change } as Leaf;
}

describe('an untouched bundle', () => {
  it.each(['light', 'full'] as const)('that is %s verifies', (content) => {
    const report = verifyBundle(writeBundle(generateStudy({ ...size, content })), options);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      study: 'made-up',
      content,
      rounds: 8,
      protocols: 1,
      checked: { signers: false, freshness: false, totals: content === 'full' },
    });
    expect(report.logs.map(({ origin }) => origin.split('/').at(-1))).toEqual(['coordinator', 'T01', 'T02', 'T03', 'T04', 'X01', 'X02']);
    expect(report.logs[1]).toMatchObject({ leaves: 7, released: 6, withheld: 0, bytes: 384, witnessedBy: 5, witnesses: 5 });
    expect(report.logs[0]).toMatchObject({ witnessedBy: 6, witnesses: 6 });
  });

  it('is the same file however often it is written', () => {
    expect(writeBundle(generateStudy(size))).toBe(writeBundle(generateStudy(size)));
  });

  it('is held to the roster and to the checkpoint that the reader brings', () => {
    const made = generateStudy(size);
    const text = writeBundle(made);
    const { rosterFingerprint } = verifyBundle(text);
    expect(verifyBundle(text, { roster: rosterFingerprint })).toMatchObject({ findings: [], checked: { signers: true } });
    expect(verifyBundle(text, { roster: sha256('another') }).findings[0]).toMatchObject({ rule: 'roster' });
    const log = logOf(made, 'T01');
    const tree = MerkleTree.of(log.leaves.map((leaf) => leafHash(Buffer.from(encodeLeaf(leaf)))));
    const at = (n: number): string => signCheckpoint({ origin: log.origin, size: n, root: tree.root(n) }, log.signer);
    expect(verifyBundle(text, { atLeast: at(7) })).toMatchObject({ findings: [], checked: { freshness: true } });
    // The whole of everybody's logs as they were two rounds before, signed and sealed: only the reader's checkpoint tells.
    const older = writeBundle(generateStudy({ ...size, rounds: 4 }));
    expect(verifyBundle(older).findings).toEqual([]);
    expect(verifyBundle(older, { atLeast: at(7) }).findings[0]).toMatchObject({ rule: 'freshness', log: log.origin, index: 5 });
  });
});

describe('a study with masked sums', () => {
  const masked = { trainingSites: 4, externalSites: 2, rounds: 3, masked: true };
  const first = (change: (leaves: Leaf[], log: GeneratedLog) => void) => {
    const made = generateStudy(masked);
    const log = logOf(made, 'T02');
    change(log.leaves, log);
    log.checkpointsAt.splice(0, log.checkpointsAt.length, log.leaves.length);
    return verifyBundle(writeBundle(made)).findings[0];
  };
  const unmaskAt = (leaves: readonly Leaf[]) => leaves.findIndex(({ type }) => type === 'unmask');

  it('verifies', () => expect(verifyBundle(writeBundle(generateStudy(masked))).findings).toEqual([]));

  it.each<[string, string, (leaves: Leaf[]) => void]>([
    ['keeps silent about an opening', 'unmaskMissing', (leaves) => leaves.splice(unmaskAt(leaves), 1)],
    ['opens a sum twice', 'unmaskedTwice', (leaves) => leaves.splice(unmaskAt(leaves), 0, leaves[unmaskAt(leaves)] as Leaf)],
    ['opens before it has answered', 'unmaskedWithoutAnswer', (leaves) => leaves.unshift(...leaves.splice(unmaskAt(leaves), 1))],
    [
      'opens a sum without one of its sites',
      'unmaskedPartly',
      (leaves) => (leaves[unmaskAt(leaves)] = { ...(leaves[unmaskAt(leaves)] as LeafOf<'unmask'>), dropped: ['T03'] }),
    ],
  ])('finds a site that %s', (_, rule, change) => expect(first(change)).toMatchObject({ rule, log: 'cohortium/made-up/site/T02' }));
});

describe('a file that says the same in another form', () => {
  const text = writeBundle(generateStudy(size));
  const at = (log: string, index: number) => ({ rule: 'notCanonical', log: `cohortium/made-up/${log}`, index });

  it.each<[string, string, string, object]>([
    ['a key twice', '"type":"released"', '"type":"withheld","type":"released"', at('site/T01', 1)],
    ['a key in other letters of the same name', '"type":"released"', '"ty\\u0070e":"released"', at('site/T01', 1)],
    ['a value in other letters', '"type":"modelCommit"', '"type":"modelC\\u006fmmit"', at('coordinator', 7)],
    ['a number in another form', '"bytes":64,', '"bytes":6.4e1,', at('site/T01', 1)],
    ['space', '"type":"approval"', '"type": "approval"', at('site/T01', 0)],
    ['a key twice outside of all leaves', '{"content":"light"', '{"content":"full","content":"light"', { log: null, index: null }],
  ])('by %s is found, with the leaf', (_, one, other, place) => {
    const changed = text.replace(one, other);
    expect(changed).not.toBe(text);
    // Unprotected: whoever reads it as JSON sees no difference.
    expect(JSON.parse(changed)).toEqual(JSON.parse(text));
    expect(verifyBundle(changed).findings).toEqual([expect.objectContaining({ rule: 'notCanonical', ...place })]);
  });

  it.each([
    ['a number that no double holds', '"bytes":64,', '"bytes":1e400,', 'number that is not finite at $.logs[1].leaves[1].bytes'],
    ['half of a character', '"type":"approval"', '"type":"\\ud800"', 'lone surrogate at $.logs[1].leaves[0].type'],
    ['nesting without end', '"results":{', `"results":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},`, 'nested too deeply'],
  ])('or that has no one form, for %s, says where', (_, one, other, where) => {
    expect(() => verifyBundle(text.replace(one, other))).toThrow(`no canonical form, ${where}`);
  });
});

describe('1,000 random mutations of the file', () => {
  const text = writeBundle(generateStudy({ trainingSites: 3, externalSites: 1, rounds: 3, content: 'full', masked: true }));
  const seed = process.env['COHORTIUM_TEST_SEED'] ?? 'tampering';
  const count = 1000 * Number(process.env['COHORTIUM_TEST_SCALE'] ?? '1');
  /** Whole numbers that follow from the seed. */
  const draws = (name: string): ((below: number) => number) => {
    let n = 0;
    return (below) => Number(BigInt(`0x${sha256(`${seed} ${name} ${n++}`).slice(0, 13)}`) % BigInt(below));
  };
  const isDetected = (changed: string): boolean => {
    try {
      return verifyBundle(changed, options).findings.length > 0;
    } catch (error) {
      if (!/^LEDGER\.NOT_A_BUNDLE/.test((error as Error).message)) throw error;
      return true;
    }
  };

  it(`of single characters are all detected (seed ${seed})`, () => {
    const draw = draws('characters');
    for (let i = 0; i < count; i++) {
      const at = draw(text.length);
      const kind = draw(3);
      const other = String.fromCharCode(32 + draw(95));
      const changed =
        kind === 0 ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at) + other + text.slice(at + (kind === 1 ? 1 : 0));
      if (changed !== text) expect(isDetected(changed), `mutation ${i} at ${at}`).toBe(true);
    }
  });

  it(`of single values, dropped, doubled, exchanged or altered, are all detected (seed ${seed})`, () => {
    const draw = draws('values');
    let readable = 0;
    for (let i = 0; i < count; i++) {
      const value = JSON.parse(text) as Record<string, unknown>;
      mutate(value, draw);
      const changed = canonicalJson(value);
      if (changed === text) continue;
      // What would believe the file for its form alone believes most of these.
      if (hasForm(value)) readable++;
      expect(isDetected(changed), `mutation ${i}`).toBe(true);
    }
    expect(readable).toBeGreaterThan(count / 2);
  });
});

/** True where nothing but JSON and the names of its parts is looked at. */
function hasForm(value: Record<string, unknown>): boolean {
  return (
    value['format'] === 'cohortium-bundle' &&
    Array.isArray(value['logs']) &&
    Array.isArray(value['protocols']) &&
    Array.isArray(value['results'])
  );
}

/** Changes one thing somewhere below a JSON value. */
function mutate(value: Record<string, unknown> | unknown[], draw: (below: number) => number): void {
  const keys = Object.keys(value);
  const key = keys[draw(keys.length)] as string;
  const holder = value as Record<string, unknown>;
  const inner = holder[key];
  if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && draw(8) > 0)
    return mutate(inner as Record<string, unknown>, draw);
  if (Array.isArray(value)) {
    const at = Number(key);
    const kind = draw(4);
    if (kind === 0) value.splice(at, 1);
    else if (kind === 1) value.splice(at, 0, structuredClone(inner));
    else if (kind === 2 && value.length > 1) value.splice(at, 2, value[at + 1] ?? value[0], inner);
    else value[at] = altered(inner, draw);
  } else if (draw(4) === 0) delete holder[key];
  else holder[key] = altered(inner, draw);
}

function altered(value: unknown, draw: (below: number) => number): unknown {
  if (typeof value === 'number') return value + 1 + draw(3);
  if (value === null) return 'x';
  if (typeof value !== 'string') return null;
  const at = draw(value.length + 1);
  return `${value.slice(0, at)}${'0123456789abcdefXYZ'[draw(19)]}${value.slice(at + 1)}`;
}

describe('what one party does with all the keys that it has', () => {
  it('a coordinator that rewrites its own log cannot have the witnesses sign it again', () => {
    // Unprotected: without witnesses, the rewritten log is as good as the first one.
    const rewritten = generateStudy(size);
    const coordinator = logOf(rewritten, null);
    const results = { science: { auc: 0.95 }, run: { host: 'made-up' } };
    rewritten.results[0] = { run: 'run-1', results };
    rewrite(coordinator, placeOf(coordinator, 'runClosed'), { resultsSha256: hashJson(results) });
    const honest = verifyBundle(writeBundle(rewritten));
    expect(honest.findings).toEqual([]);
    // Protected: the sites cosigned the first version, and sign no other.
    const alone = writeBundle(rewritten, (log) =>
      log.site === null ? [] : rewritten.logs.filter(({ site }) => site !== null && site !== log.site),
    );
    expect(first(alone)).toMatchObject({ rule: 'notWitnessed', log: coordinator.origin });
  });

  it('half of the sites are not enough, more than half are', () => {
    const made = generateStudy({ ...size, trainingSites: 4, externalSites: 0 });
    const some = (n: number) => writeBundle(made, (log) => made.logs.filter(({ site }) => site !== null && site !== log.site).slice(0, n));
    expect(first(some(2))).toMatchObject({ rule: 'notWitnessed', index: placeOf(logOf(made, null), 'modelCommit') });
    expect(first(some(3))).toBeUndefined();
  });

  const cut = (site: string, type: Leaf['type']) => (made: GeneratedStudy) => {
    const log = logOf(made, site);
    log.leaves.splice(placeOf(log, type), 1);
    log.checkpointsAt.splice(0, Infinity, log.leaves.length);
  };
  const training = (made: GeneratedStudy): GeneratedLog => logOf(made, 'T02');
  const released = (change: Record<string, unknown>) => (made: GeneratedStudy) => rewrite(training(made), 2, change);
  const commit = (change: (leaf: LeafOf<'roundCommit'>) => Record<string, unknown>) => (made: GeneratedStudy) =>
    rewrite(logOf(made, null), 2, change(logOf(made, null).leaves[2] as LeafOf<'roundCommit'>));

  it.each<[string, (made: GeneratedStudy) => void, FindingRule, string | null, number | null]>([
    ['answers without approval', cut('T02', 'approval'), 'notApproved', 'T02', 0],
    ['hides what it released', cut('T02', 'released'), 'contributionMissing', null, 1],
    ['releases under a clause that the protocol does not have', released({ clauseId: 'other' }), 'clauseUnknown', 'T02', 2],
    ['releases another operation than the clause names', released({ operation: 'statistics.medians@1' }), 'clauseOperation', 'T02', 2],
    ['releases a summary where the clause allows a sum', released({ kind: 'siteSummary' }), 'clauseKind', 'T02', 2],
    ['releases more bytes than the clause allows', released({ bytes: 1001 }), 'clauseBytes', 'T02', 2],
    ['answers for a scope of two sites', released({ scope: { name: 'training', sites: ['T01', 'T02'] } }), 'clauseSites', 'T02', 2],
    [
      'answers for a site outside the protocol',
      released({ scope: { name: 'training', sites: ['T01', 'T02', 'Z01'] } }),
      'clauseScope',
      'T02',
      2,
    ],
    ['releases what no round committed', released({ requestHash: sha256('else') }), 'contributionMissing', null, 2],
    ['says that it released other content', released({ contentSha256: sha256('else') }), 'contributionDiffers', 'T02', 2],
    ['says that it released fewer bytes', released({ bytes: 32 }), 'byteTotals', null, 10],
  ])('a site that %s is found', (_name, lie, rule, site, index) => {
    const made = generateStudy(size);
    lie(made);
    const found = first(writeBundle(made));
    expect(found).toMatchObject({ rule, log: logOf(made, site).origin });
    if (index !== null) expect(found?.index).toBe(index);
  });

  it.each<[string, (made: GeneratedStudy) => void, FindingRule, string | null]>([
    [
      'invents a contribution',
      commit(({ contributions }) => ({
        contributions: [...contributions, { site: 'Z01', state: 'released', contentSha256: sha256('z') }],
      })),
      'contributionMissing',
      null,
    ],
    ['leaves a contribution out', commit(({ contributions }) => ({ contributions: contributions.slice(1) })), 'contributionDiffers', null],
    [
      'invents a total',
      // Of a round after the lock: earlier ones are bound by the openings of the external sites as well.
      (made) => rewrite(logOf(made, null), logOf(made, null).leaves.length - 2, { resultSha256: sha256('total') }),
      'totalDiffers',
      null,
    ],
    [
      'commits rounds out of order',
      (made) => void logOf(made, null).leaves.splice(2, 2, ...logOf(made, null).leaves.slice(2, 4).reverse()),
      'roundOrder',
      null,
    ],
    [
      'locks a second model',
      (made) => {
        const log = logOf(made, null);
        const lock = firstOf(log, 'modelCommit');
        log.leaves.splice(placeOf(log, 'modelCommit') + 1, 0, { ...lock, modelSha256: sha256('second') });
      },
      'lockTwice',
      null,
    ],
    [
      'reports other results',
      (made) => void (made.results[0] = { run: 'run-1', results: { science: { auc: 0.99 } } }),
      'resultsDiffer',
      null,
    ],
    ['hands over another model', (made) => void (made.models[0] = { run: 'run-1', model: {} }), 'modelDiffers', null],
    [
      'logs an approval in the name of a site',
      (made) => void logOf(made, null).leaves.push(firstOf(logOf(made, 'T01'), 'approval')),
      'leafNotOfThisLog',
      null,
    ],
  ])('a coordinator that %s is found', (_name, lie, rule, site) => {
    const made = generateStudy({ ...size, content: 'full' });
    lie(made);
    const log = logOf(made, null);
    log.checkpointsAt[log.checkpointsAt.length - 1] = log.leaves.length;
    expect(first(writeBundle(made))).toMatchObject({ rule, log: logOf(made, site).origin });
  });
});

describe('leaves that results name for their figures', () => {
  const citing = (change: (leaves: Record<string, unknown>[]) => void): GeneratedStudy => {
    const made = generateStudy(size);
    const log = logOf(made, null);
    const leaves = log.leaves.flatMap((leaf, index): Record<string, unknown>[] => {
      const place = { index, leafSha256: hexOf(leafHash(Buffer.from(encodeLeaf(leaf), 'utf8'))), type: leaf.type };
      if (leaf.type === 'roundCommit') return [{ ...place, round: leaf.round, operation: leaf.operation }];
      return leaf.type === 'modelCommit' ? [{ ...place, round: null, operation: null }] : [];
    });
    change(leaves);
    const results = { science: { auc: 0.75 }, run: { ledger: { log: log.origin, leaves } } };
    made.results[0] = { run: 'run-1', results };
    rewrite(log, log.leaves.length - 1, { resultsSha256: hashJson(results) });
    return made;
  };

  it('that are those of the log verify', () => {
    expect(verifyBundle(writeBundle(citing(() => undefined)), options).findings).toEqual([]);
  });

  it.each<[string, (leaves: Record<string, unknown>[]) => void]>([
    ['another hash', (leaves) => void ((leaves[1] as { leafSha256: string }).leafSha256 = sha256('other'))],
    ['another place', (leaves) => void ((leaves[1] as { index: number }).index += 1)],
    ['another operation', (leaves) => void ((leaves[1] as { operation: string }).operation = 'statistics.other@1')],
    ['one less', (leaves) => void leaves.pop()],
    ['a place that is no number', (leaves) => void ((leaves[1] as { index: unknown }).index = '1')],
    ['one twice', (leaves) => void leaves.push(leaves.at(-1) as Record<string, unknown>)],
  ])('with %s are found', (_name, change) => {
    expect(first(writeBundle(citing(change)))).toMatchObject({ rule: 'citationWrong' });
  });
});

describe('validation before the lock', () => {
  const opening = (made: GeneratedStudy): { log: GeneratedLog; at: number } => ({
    log: logOf(made, 'X01'),
    at: placeOf(logOf(made, 'X01'), 'validationOpening'),
  });

  it('an external site that answers before it opened is found', () => {
    const made = generateStudy(size);
    const { log, at } = opening(made);
    log.leaves.splice(at, 2, log.leaves[at + 1] as Leaf, log.leaves[at] as Leaf);
    expect(first(writeBundle(made))).toMatchObject({ rule: 'openingMissing', log: log.origin, index: at });
  });

  it('an opening that rests on a checkpoint before the lock, on a foreign one, or on none is found', () => {
    const made = generateStudy(size);
    const { log, at } = opening(made);
    const coordinator = logOf(made, null);
    const lockIndex = placeOf(coordinator, 'modelCommit');
    const honest = openingOf({ ...coordinator, leaves: coordinator.leaves.slice(0, lockIndex + 1) }, lockIndex);
    const before = openingOf({ ...coordinator, leaves: coordinator.leaves.slice(0, lockIndex) }, lockIndex - 1);
    for (const change of [
      before,
      { lockIndex: 0 },
      { checkpoint: 'no note' },
      { inclusion: [] },
      { ...honest, checkpoint: openingOf(log, 0).checkpoint },
    ]) {
      rewrite(log, at, { ...honest, ...change });
      expect(first(writeBundle(made))).toMatchObject({ rule: 'openingProof', log: log.origin, index: at });
    }
    rewrite(log, at, honest);
    expect(first(writeBundle(made))).toBeUndefined();
  });

  it('a model that was locked after the labels were opened is found', () => {
    const made = generateStudy(size);
    const coordinator = logOf(made, null);
    const lock = placeOf(coordinator, 'modelCommit');
    // The coordinator moves its lock behind the external rounds; the openings of the sites do not move with it.
    const [leaf] = coordinator.leaves.splice(lock, 1);
    coordinator.leaves.splice(-1, 0, leaf as Leaf);
    expect(first(writeBundle(made))).toMatchObject({ rule: 'openingProof', log: logOf(made, 'X01').origin });
  });

  it('labels opened for another model are found', () => {
    const made = generateStudy(size);
    const { log, at } = opening(made);
    rewrite(log, at, { modelSha256: sha256('another') });
    expect(first(writeBundle(made))).toMatchObject({ rule: 'lockMissing', log: log.origin, index: at });
  });
});
