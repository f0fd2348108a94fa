import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { catalogue, parseTable } from '@cohortium/analysis';
import type { MaskingReplyMessage } from '@cohortium/contracts';
import type { Science } from '@cohortium/analysis';
import {
  bytesToWords,
  decodeFixedPoint,
  encodeFixedPoint,
  encodedBytes,
  packSummary,
  parseParams,
  requestHash,
  unpackSummary,
  wordBytes,
} from '@cohortium/federation';
import type { AnyQuery, SumQuery } from '@cohortium/federation';
import { FrozenStore, canonicalJson, pack, parseSiteId, sha256, unpack } from '@cohortium/kernel';
import type { Packable, Sha256 } from '@cohortium/kernel';
import { wholeRunMs } from '@cohortium/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareStudy } from '../../apps/cli/src/cohort/prepare-cohort.js';
import { simulateStudy } from '../../apps/cli/src/simulation/simulate-study.js';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { runCaptured } from './captured-federation.js';
import type { CapturedFederation } from './captured-federation.js';
import { ByteCounts } from './byte-counts.js';
import { acknowledged, connectFields, pullFields } from './client-protocol.js';
import { RowHunter } from './row-hunter.js';
import { answersWithTasks, deliveredContents, readWire } from './site-wire.js';
import type { SiteWire } from './site-wire.js';

const { features, clinical, protocol: base, external } = smallStudyFiles({ study: 'egress', trainingCount: 4, leaveOneSiteOut: true });
const study = prepareStudy(base, { features, clinical }, { external: [external], synthetic: true });
const { protocol } = study;

/** Ed25519, before the words of a masked frame. */
const signatureBytes = 64;

let federation: CapturedFederation;
let wires: readonly SiteWire[];
let hunter: RowHunter;

beforeAll(async () => {
  federation = await runCaptured(study, wholeRunMs);
  wires = federation.sites.map(readWire);
  hunter = new RowHunter(features, clinical);
  hunter.watchAlso(standardizedRows(JSON.parse(federation.science) as Science));
}, wholeRunMs);

/** The features of every participant as the study standardizes them. */
function standardizedRows({ preparation }: Science): number[][] {
  const { columns, rows } = parseTable(features, 'features.csv');
  const at = preparation.features.map((name) => columns.indexOf(name));
  return rows.map((row) =>
    at.map((column, j) =>
      row[column] === '' ? NaN : (Number(row[column]) - (preparation.center[j] as number)) / (preparation.scale[j] as number),
    ),
  );
}

/** Every captured byte, in both directions. */
const streams = () =>
  federation.sites.flatMap(({ site, connections }) =>
    connections.flatMap(({ sent, received }) => [
      { what: `${site} sent`, bytes: sent },
      { what: `${site} received`, bytes: received },
    ]),
  );

describe('the search for participant data', () => {
  // What finds nothing has to be shown to find.
  const planted = Buffer.from('...');
  const [participant, , ...cells] = features.split('\n')[7]?.split(',') as [string, string, ...string[]];
  const values = cells.slice(0, 3).map(Number) as [number, number, number];

  it('finds a name, a cell, and a row in any form', () => {
    const text = (content: string) => Buffer.concat([planted, Buffer.from(content), planted]);
    const doubles = Buffer.from(Float64Array.from(values).buffer);
    const swapped = Buffer.from(doubles).swap64();
    expect(hunter.namesIn(text(`{"id":"${participant}"}`))).toEqual([participant]);
    expect(hunter.cellsIn(text(`x${cells[0]}y`))).toEqual([cells[0]]);
    expect(hunter.cellsIn(text(`[${clinical.split('\n')[7]?.split(',')[2]}]`))).toHaveLength(1);
    for (const bytes of [
      text(JSON.stringify(values)),
      text(values.map((value) => value.toExponential(12)).join(' ')),
      Buffer.concat([planted, doubles, planted]),
      Buffer.concat([planted, swapped, planted]),
      Buffer.from(pack({ vector: Float64Array.of(1, ...values, 2) })),
    ])
      expect(hunter.rowsIn(bytes), bytes.toString('hex')).not.toEqual([]);
    const [row] = standardizedRows(JSON.parse(federation.science) as Science) as [number[]];
    expect(hunter.rowsAmong(Float64Array.from(row))).not.toEqual([]);
    const { words } = catalogue.get('statistics.first-moments@1') as SumQuery<unknown, unknown>;
    const encoded = wordBytes(encodeFixedPoint(Float64Array.from(values), words, 'test.planted@1'));
    expect(hunter.rowsAmong(decodeFixedPoint(bytesToWords(encoded, words, 3, 'test.planted@1', 'S1'), words))).not.toEqual([]);
  });

  it('does not take two values, or values of different participants, for a row', () => {
    const other = features.split('\n')[9]?.split(',').slice(2).map(Number) as number[];
    expect(hunter.rowsIn(Buffer.from(JSON.stringify(values.slice(0, 2))))).toEqual([]);
    expect(hunter.rowsAmong(Float64Array.of(values[0], other[1] as number, values[2]))).toEqual([]);
    expect(hunter.participants).toHaveLength(300);
    expect(hunter.words.size).toBeGreaterThan(2500);
  });
});

describe('what leaves the sites of a whole study', () => {
  it('is a study with the result of the simulation', async () => {
    const { science } = await simulateStudy(study, false, () => undefined);
    expect(federation.science).toBe(canonicalJson(science));
    expect(wires.map(({ site }) => site)).toEqual(['S1', 'S2', 'S3', 'S4', 'S5']);
  });

  it('is declared messages alone', () => {
    for (const { site, published, heartbeats } of wires) {
      // readWire has decoded each of them; here: which kinds there are.
      const masks = site === external ? [] : ['maskingReply'];
      expect([...new Set(published.map(({ header }) => header.type))].sort(), site).toEqual([
        'answer',
        'approval',
        'hello',
        ...masks,
        'witnessed',
      ]);
      expect(heartbeats.length, site).toBeGreaterThan(0);
      // One decision, and one answer to each round: asked again, a site sends the same bytes.
      expect(published.filter(({ header }) => header.type === 'hello')).toHaveLength(1);
      expect(published.filter(({ header }) => header.type === 'approval')).toHaveLength(1);
      const rounds = published.flatMap(({ header }) => (header.type === 'answer' ? [`${header.run} ${header.round}`] : []));
      expect(rounds, site).toEqual([...new Set(rounds)]);
    }
  });

  it('leaves once for each time it was asked for', () => {
    for (const { site, published, delivered, sendings } of wires) {
      const asked = (type: string, round?: number) =>
        delivered.filter(({ header }) => header.type === type && (header.type !== 'task' || header.round === round)).length;
      const askedLegs = ({ batch, round, said }: MaskingReplyMessage) =>
        delivered.filter(
          ({ header: h }) => h.type === 'maskingRequest' && h.batch === batch && h.round === round && h.asked.leg === said.leg,
        ).length;
      for (const { header, sha256: hash } of published) {
        const { ids } = sendings.get(hash) as { ids: number };
        if (header.type === 'hello') expect(ids, site).toBe(1);
        else if (header.type === 'answer') expect(ids, `${site}, round ${header.round}`).toBeLessThanOrEqual(asked('task', header.round));
        else if (header.type === 'witnessed') expect(ids, site).toBeLessThanOrEqual(asked('witness'));
        else if (header.type === 'maskingReply') expect(ids, site).toBeLessThanOrEqual(askedLegs(header));
        else expect(ids, site).toBeLessThanOrEqual(asked('protocol'));
      }
    }
  });

  it('holds no participant, no cell and no row, in either direction', () => {
    for (const { what, bytes } of streams()) {
      expect(hunter.namesIn(bytes), what).toEqual([]);
      expect(hunter.cellsIn(bytes), what).toEqual([]);
      expect(hunter.rowsIn(bytes), what).toEqual([]);
      for (const participant of hunter.participants) expect(bytes.includes(sha256(participant)), what).toBe(false);
    }
  });

  it('is, in every sum, a signature and as many words as the operation declares for its parameters, each of them masked', () => {
    let sums = 0;
    const bytes = new ByteCounts();
    for (const wire of wires) {
      for (const { answer, query, params, content } of readAnswers(wire)) {
        if (query.kind !== 'sum') continue;
        sums++;
        const length = query.length(params);
        expect(content.length, `${wire.site} ${answer.operation}`).toBe(signatureBytes + encodedBytes(query.words, length));
        const masked = content.slice(signatureBytes);
        bytes.add(masked);
        const words = bytesToWords(masked, query.words, length, answer.operation, wire.site);
        expect(hunter.rowsAmong(decodeFixedPoint(words, query.words)), `${wire.site} ${answer.operation}`).toEqual([]);
      }
    }
    expect(sums).toBeGreaterThan(100);
    // Fixed-point words in clear are mostly zeros.
    expect(bytes.count).toBeGreaterThan(250_000);
    expect(bytes.deviation).toBeLessThan(6);
  });

  it('is, in every summary, exactly the figures that the operation declares', () => {
    let summaries = 0;
    for (const wire of wires) {
      for (const { query, content } of readAnswers(wire)) {
        if (query.kind !== 'siteSummary') continue;
        summaries++;
        const value = unpackSummary(content);
        expect(Buffer.compare(packSummary(query.value.parse(value) as Packable), content), canonicalJson(value as never)).toBe(0);
        expect(canonicalJson(value as never)).not.toContain('cells');
      }
    }
    // Eligibility, flow and characteristics of five sites, commitment and four figures of the external one, four held-out figures and an
    // ellipse of four.
    expect(summaries).toBe(3 * 5 + 5 + 5 * 4);
  });

  it('was asked for by name, and is allowed by a clause of the protocol', () => {
    const seen = new Set<string>();
    for (const wire of wires) {
      for (const { answer, task, query, packed, params } of readAnswers(wire)) {
        seen.add(answer.operation);
        const scope = { name: task.scope.name, sites: task.scope.sites.map(parseSiteId) };
        // The hash covers operation, scope and every parameter as it stood on the wire.
        expect(requestHash({ query, params: packed, scope })).toBe(answer.requestHash);
        expect(params).toBeDefined();
        const clause = protocol.clauses.find(({ clauseId }) => clauseId === answer.clauseId);
        expect(clause, answer.operation).toMatchObject({ kind: answer.kind, scope: task.scope.name });
        expect(clause?.operations).toContain(answer.operation);
        expect(answer).toMatchObject({ state: 'released', reason: null });
      }
    }
    // Every operation that the protocol allows is covered, but for two groups that do not take place: pooling needs three external
    // sites, and penalties of the final model need no tuning when a site is left out.
    const allowed = protocol.clauses
      .filter(({ clauseId }) => !/^external-.*pooled$/.test(clauseId))
      .flatMap(({ operations }) => operations);
    expect([...seen].sort()).toEqual(allowed.filter((operation) => operation !== 'loso.logistic-deviance@1').sort());
  });

  it('is what the sites themselves wrote down, message by message and byte by byte', () => {
    const lines = federation.transcript
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TranscriptEntry);
    for (const { site, published, sendings, heartbeats, connectionCount } of wires) {
      const own = lines.filter((line) => line.site === site);
      const kept = own.filter(({ type }) => type !== 'heartbeat');
      const listed = (entry: TranscriptEntry) =>
        [entry.subject, entry.type, entry.bytes, entry.sha256, entry.operation, entry.clause].join(' ');
      const captured = published.map(({ subject, header, bytes, sha256: hash }) => {
        const [operation, clause] = header.type === 'answer' ? [header.operation, header.clauseId] : [null, null];
        return [subject, header.type, bytes, hash, operation, clause].join(' ');
      });
      expect([...new Set(kept.map(listed))].sort(), site).toEqual(captured.sort());
      for (const [hash, { ids, frames }] of sendings) {
        const told = kept.filter((entry) => entry.sha256 === hash).map(({ sends }) => sends);
        expect(told, site).toEqual(told.map((_, i) => i + 1));
        // A line for each time it was asked for; the broker drops what a client repeats under one id when a confirmation is late.
        expect(told.length, site).toBeGreaterThanOrEqual(ids);
        expect(told.length, site).toBeLessThanOrEqual(frames);
      }
      const beats = own.filter(({ type }) => type === 'heartbeat');
      const told = beats.reduce((sum, { count }) => sum + count, 0);
      // Nobody keeps signs of life: one may be lost with a connection that was then made again.
      if (connectionCount === 1) expect([told, totalBytes(beats)], site).toEqual([heartbeats.length, totalBytes(heartbeats)]);
      else expect(told, site).toBeGreaterThanOrEqual(heartbeats.length);
    }
  });
});

describe('the wire of a site', () => {
  it('carries nothing beside messages but what JetStream needs, on a closed list of subjects', () => {
    for (const { site, sentControl, sentRequests, replies, brokerHeaders } of wires) {
      const inbox = new RegExp(`^_INBOX\\.${site}\\.[A-Za-z0-9]{22}(\\.[A-Za-z0-9]+)?$`);
      const listened = new RegExp(`^_INBOX\\.${site}\\.[A-Za-z0-9]{22}\\.(\\*|[0-9]+)$`);
      for (const { verb, args } of sentControl) {
        if (verb === 'CONNECT') expect(Object.keys(JSON.parse(args[0] as string) as object).sort()).toEqual(connectFields);
        else if (verb === 'SUB') expect([listened.test(args[0] as string), args.length], args.join(' ')).toEqual([true, 2]);
        else if (verb === 'UNSUB')
          expect(
            args.every((arg) => /^\d+$/.test(arg)),
            args.join(' '),
          ).toBe(true);
        else expect([verb, args]).toEqual([expect.stringMatching(/^(PING|PONG)$/), []]);
      }
      for (const { subject, reply, headers, payload } of sentRequests) {
        const text = Buffer.from(payload).toString('latin1');
        expect([subject, headers]).toEqual([expect.stringMatching(/^\$JS\./), []]);
        if (reply !== undefined) expect(reply).toMatch(inbox);
        if (subject === `$JS.API.CONSUMER.MSG.NEXT.TASK.TASK_${site}`)
          expect(pullFields(text)).toEqual(['batch: number', 'expires: number', 'idle_heartbeat: number', 'max_bytes: number']);
        else
          expect([subject, text]).toEqual([
            expect.stringMatching(acknowledged(site)),
            expect.stringMatching(/^(\+ACK|\+WPI|\+TERM|-NAK \{"delay":\d+\})$/),
          ]);
      }
      expect([...brokerHeaders]).toEqual(['Nats-Msg-Id']);
      for (const reply of replies) expect(reply).toMatch(inbox);
    }
  });

  it('brings nothing but tasks of this study and replies of the broker', () => {
    for (const { site, delivered, receivedControl, receivedReplies } of wires) {
      for (const { subject, header } of delivered) {
        expect(subject).toBe(`fl.egress.task.${site}`);
        expect(header).toMatchObject({ study: 'egress', site });
      }
      // On a busy machine the broker may lose patience with a connection, which is then made again; it never has to forbid anything.
      const spoken = receivedControl.map(({ verb, args }) => (verb === '-ERR' ? `-ERR ${args[0]}` : verb));
      for (const line of spoken) expect(line).toMatch(/^(INFO|PING|PONG|-ERR '(Authentication Timeout|Stale Connection)')$/);
      for (const { subject, status, payload } of receivedReplies) {
        const text = Buffer.from(payload).toString('latin1');
        expect(subject.startsWith(`_INBOX.${site}.`), subject).toBe(true);
        expect(`${status}|${text}`).toMatch(
          /^((100|404|408|409)[ A-Za-z]*\||\|$|\|\{"stream":"UP", ?"seq":\d+(, ?"duplicate": ?true)?\}$)/,
        );
      }
    }
  });

  it('is all there is: connections to the broker and the own database, no open port, no child process', () => {
    for (const { site, brokerPort, databasePort, inventories } of federation.sites) {
      expect(inventories.length, site).toBeGreaterThan(10);
      const sockets = new Set(inventories.flatMap((inventory) => inventory.sockets));
      expect([...sockets].sort(), site).toEqual([`tcp 127.0.0.1:${brokerPort}`, `tcp 127.0.0.1:${databasePort}`].sort());
      expect(
        inventories.reduce((sum, { listening }) => sum + listening, 0),
        site,
      ).toBe(0);
      expect(
        inventories.reduce((sum, { children }) => sum + children, 0),
        site,
      ).toBe(0);
    }
    // The watch sees an open port and a connection where there are some: the broker has both.
    expect(federation.brokerInventory.listening).toBeGreaterThan(0);
    expect(federation.brokerInventory.sockets.length).toBeGreaterThan(federation.sites.length);
  });
});

describe('ONNX Runtime, whose official builds report to their maker', () => {
  it('leaves no trace of that in the folder of a site that scored with it', () => {
    const own = [
      'cohort/clinical.csv',
      'cohort/features.csv',
      'database-url',
      'egress.jsonl',
      'identity/agreement.key',
      'identity/nkey.seed',
      'identity/privacy.key',
      'identity/signing.key',
      'ledger/egress.checkpoint',
      'policy.yaml',
      'trust/people.json',
      'trust/protocols/egress.json',
      'trust/roster.json',
    ];
    for (const { site, files } of federation.sites) {
      const predictions = site === external ? 'predictions-external.csv' : 'predictions-held-out.csv';
      expect(files, site).toEqual([...own, predictions].sort());
    }
  });

  it('is refused in a thread that was started without its silence', async () => {
    const library = pathToFileURL(join(import.meta.dirname, '..', '..', 'libs', 'learning', 'dist', 'index.js')).href;
    const script = `import(${JSON.stringify(library)})
      .then(({ scoreOnnx }) => scoreOnnx(new Uint8Array(3), { features: new Float64Array(0), rowCount: 0 }))
      .catch(({ code }) => require('node:worker_threads').parentPort.postMessage(code));`;
    const code = (env: NodeJS.ProcessEnv) =>
      new Promise((resolve, reject) =>
        new Worker(script, { eval: true, env, execArgv: [] }).once('message', resolve).once('error', reject),
      );
    expect(await code({})).toBe('LEARNING.ONNX_TELEMETRY');
    expect(await code({ ORT_DISABLE_TELEMETRY: '1' })).toBe('LEARNING.ONNX_UNREADABLE');
  });
});

function totalBytes(list: readonly { readonly bytes: number }[]): number {
  return list.reduce((sum, { bytes }) => sum + bytes, 0);
}

interface TranscriptEntry {
  readonly site: string;
  readonly subject: string;
  readonly type: string;
  readonly bytes: number;
  readonly count: number;
  readonly sends: number;
  readonly sha256: string | null;
  readonly operation: string | null;
  readonly clause: string | null;
}

interface ReadAnswer {
  readonly answer: ReturnType<typeof answersWithTasks>[number]['answer'];
  readonly task: ReturnType<typeof answersWithTasks>[number]['task'];
  readonly content: Uint8Array;
  readonly query: AnyQuery;
  /** Parameters as they stood on the wire, and as the operation reads them. */
  readonly packed: Packable;
  readonly params: unknown;
}

/** Every answer of a site with the operation of the catalogue and the parameters that it answers. */
function readAnswers(wire: SiteWire): ReadAnswer[] {
  const contents = deliveredContents(wire);
  const store = new FrozenStore();
  for (const [hash, content] of contents) store.set(hash as Sha256, content);
  return answersWithTasks(wire).map(({ answer, task, content }) => {
    const query = catalogue.get(answer.operation) as AnyQuery;
    const packed = unpack(contents.get(task.params.sha256) as Uint8Array, store.resolve);
    return { answer, task, content, query, packed, params: parseParams(query, packed) };
  });
}
