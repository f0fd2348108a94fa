import { ed25519Signer } from '@cohortium/kernel';
// `npm run bench -- ledger [--quick] [--json]`: appends per second, and the time in which a bundle of 10^5 leaves is verified.
// docs/benchmarks.md says what each figure includes. Run `npm run build` first.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { CompactRange, encodeLeaf, leafHash, signCheckpoint, verifyBundle } from '../../libs/ledger/dist/index.js';
import { addBytes, generateStudy, writeBundle } from '../../libs/ledger/dist/bundle/generated-study.fixture.js';
import { LedgerBook, openDatabase, siteEntities, siteMigrations } from '../../libs/persistence/dist/index.js';
import { startTestPostgres } from '../../libs/testkit/dist/index.js';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } });
const leafCount = values.quick ? 10_000 : 100_000;
const limitMs = 10_000;

/** @type {{ name: string, value: number, unit: string, target?: string }[]} */
const figures = [];
const note = (/** @type {string} */ name, /** @type {number} */ value, /** @type {string} */ unit, /** @type {string} */ target = '') =>
  figures.push({ name, value: Number(value.toPrecision(4)), unit, target });

/** A leaf of the size that a released answer has. */
function leafOf(/** @type {number} */ at) {
  const hash = 'a'.repeat(64);
  const sites = ['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8'];
  const request = { protocolHash: hash, run: 'run', round: at + 1, attempt: 1, requestHash: hash, operation: 'statistics.moments@1' };
  const rest = { clauseId: 'moments', bytes: 4096, contentSha256: hash, legsSha256: null, counts: hash, modelLock: null };
  const scope = { name: /** @type {const} */ ('training'), sites };
  return {
    v: /** @type {const} */ (1),
    at,
    study: 's',
    type: /** @type {const} */ ('released'),
    kind: /** @type {const} */ ('sum'),
    ...request,
    scope,
    ...rest,
  };
}

function inMemory() {
  const texts = Array.from({ length: leafCount }, (_, i) => Buffer.from(encodeLeaf(leafOf(i))));
  const startMs = performance.now();
  let range = CompactRange.empty;
  for (const text of texts) range = range.append(leafHash(text));
  void range.root;
  note('appends in memory: leaf hash and right edge', (1000 * leafCount) / (performance.now() - startMs), '1/s');
}

async function inDatabase() {
  const server = await startTestPostgres();
  try {
    const url = await server.createDatabase('bench');
    const source = await openDatabase({ url, applicationName: 'bench', entities: siteEntities, migrations: siteMigrations });
    const book = new LedgerBook(source);
    const count = values.quick ? 200 : 1000;
    for (let i = 0; i < 50; i++) await book.appendAlone('warm', [leafOf(i)]);
    const startMs = performance.now();
    for (let i = 0; i < count; i++) await book.appendAlone('log', [leafOf(i)]);
    note('appends to PostgreSQL, one leaf a transaction, fsync', (1000 * count) / (performance.now() - startMs), '1/s');
    const batch = 256;
    const batchStartMs = performance.now();
    for (let i = 0; i < 20; i++)
      await book.appendAlone(
        'batches',
        Array.from({ length: batch }, (_, k) => leafOf(i * batch + k)),
      );
    note('appends to PostgreSQL, 256 leaves a transaction', (1000 * 20 * batch) / (performance.now() - batchStartMs), '1/s');
    const openMs = performance.now();
    await new LedgerBook(source).state('batches');
    note('opening a log of 5,120 leaves, every hash checked', performance.now() - openMs, 'ms');
    await source.destroy();
  } finally {
    await server.stop();
  }
}

function signing() {
  const signer = ed25519Signer(new Uint8Array(32).fill(1));
  const root = new Uint8Array(32);
  const startMs = performance.now();
  for (let size = 0; size < 500; size++) signCheckpoint({ origin: 'cohortium/s/site/A', size, root }, signer);
  note('checkpoints signed', (1000 * 500) / (performance.now() - startMs), '1/s');
}

function verifying() {
  // Ten sites: eleven leaves a round.
  const rounds = Math.floor(leafCount / 9);
  const text = writeBundle(generateStudy({ trainingSites: 8, externalSites: 2, rounds }));
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  const report = verifyBundle(text, { recomputeTotal: addBytes });
  const ms = performance.now() - startMs;
  if (report.findings.length > 0) throw new Error(`the bundle does not verify: ${JSON.stringify(report.findings[0])}`);
  const leaves = report.logs.reduce((sum, log) => sum + log.leaves, 0);
  note(`verifying a light bundle of ${leaves} leaves, ${(text.length / 1e6).toFixed(1)} MB`, ms / 1000, 's', `<= ${limitMs / 1000} s`);
  const cpu = process.cpuUsage(startCpu);
  note('the same in seconds of CPU, which other work on the machine does not lengthen', (cpu.user + cpu.system) / 1e6, 's');
  return values.quick || ms <= limitMs;
}

inMemory();
signing();
const met = verifying();
await inDatabase();
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  node: process.versions.node,
  load: loadavg().map((value) => Number(value.toFixed(1))),
};
if (values.json) process.stdout.write(`${JSON.stringify({ machine, figures })}\n`);
else {
  process.stdout.write(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.load.join(' ')}\n`);
  for (const { name, value, unit, target } of figures)
    process.stdout.write(`${String(value).padStart(10)} ${unit.padEnd(4)} ${name}${target ? ` (${target})` : ''}\n`);
}
process.exitCode = met ? 0 : 1;
