import type { Signer } from '@cohortium/kernel';
import { canonicalJson, ed25519Signer, hashJson, sha256 } from '@cohortium/kernel';
import { encodeLeaf } from '../leaf.js';
import type { Leaf, LeafOf } from '../leaf.js';
import { leafHash, sha256Bytes } from '../merkle/hash.js';
import { MerkleTree } from '../merkle/merkle-tree.js';
import { inclusionProof } from '../merkle/proofs.js';
import { coordinatorLog, siteLog } from '../names.js';
import { signCheckpoint } from '../note/checkpoint.js';
import { cosign, withCosignatures } from '../note/cosignature.js';
import { formatKey, signatureTypes } from '../note/keys.js';
import { parseNote } from '../note/note.js';
import type { RecomputeTotal } from './check-content.js';
import { sealBundle } from './schema.js';
import type { Bundle } from './schema.js';

/** How large a made-up study is. */
export interface GeneratedSize {
  /** Sums are opened, and sites log that. */
  readonly masked?: boolean;
  readonly trainingSites: number;
  readonly externalSites: number;
  /** Rounds over the training sites; two more go to the external ones. */
  readonly rounds: number;
  readonly content?: Bundle['content'];
  readonly seed?: string;
}

/** One log of a made-up study, as its owner keeps it: leaves can still be changed before {@link writeBundle} signs them. */
export interface GeneratedLog {
  readonly origin: string;
  readonly site: string | null;
  readonly signer: Signer;
  readonly leaves: Leaf[];
  /** Sizes at which a checkpoint is signed and cosigned. */
  readonly checkpointsAt: number[];
}

/** A made-up study. */
export interface GeneratedStudy {
  readonly study: string;
  readonly protocol: unknown;
  readonly logs: GeneratedLog[];
  readonly models: Bundle['models'];
  readonly results: Bundle['results'];
  readonly frames: Bundle['frames'];
  readonly totals: Bundle['totals'];
  readonly content: Bundle['content'];
}

const study = 'made-up';
const run = 'run-1';
const startMs = 1_700_000_000_000;

/** Adds bytes without carry: enough of a sum for frames that nobody measures. */
export const addBytes: RecomputeTotal = ({ sites, frames }) => {
  const total = new Uint8Array(64);
  for (const site of sites) (frames.get(site) as Uint8Array).forEach((byte, i) => (total[i] = ((total[i] as number) + byte) & 0xff));
  return total;
};

/** A whole study in leaves, as honest nodes would write it. The same size gives the same bytes. */
export function generateStudy({
  trainingSites,
  externalSites,
  rounds,
  content = 'light',
  masked = false,
  seed = 'seed',
}: GeneratedSize): GeneratedStudy {
  const training = Array.from({ length: trainingSites }, (_, i) => `T${String(i + 1).padStart(2, '0')}`);
  const external = Array.from({ length: externalSites }, (_, i) => `X${String(i + 1).padStart(2, '0')}`);
  const protocol = protocolOf(training, external, masked);
  const protocolHash = hashJson(protocol);
  const coordinator = logOf(coordinatorLog(study), null, seed);
  const sites = [...training, ...external].map((site) => logOf(siteLog(study, site), site, seed));
  const made: GeneratedStudy = { study, protocol, logs: [coordinator, ...sites], models: [], results: [], frames: [], totals: [], content };
  let tick = 0;
  const base = () => ({ v: 1 as const, at: startMs + tick++, study });
  coordinator.leaves.push({ ...base(), type: 'protocolVersion', version: '1.0.0', protocolHash });
  for (const log of sites) log.leaves.push({ ...base(), type: 'approval', protocolHash, decision: 'approved', reason: 'withinPolicy' });
  const context = { made, base, protocolHash, training, external, masked, seed };
  for (let round = 1; round <= rounds; round++) addRound(context, round, 'training', null);
  lockAndValidate(context, rounds);
  for (const log of made.logs) if (log.checkpointsAt.at(-1) !== log.leaves.length) log.checkpointsAt.push(log.leaves.length);
  return made;
}

function protocolOf(training: readonly string[], external: readonly string[], masked: boolean): unknown {
  const secureAggregation = masked ? 'required' : 'off';
  const common = { minSites: 3, minParticipantsPerSite: 10, maxBytes: 1000, maxPerRun: 1_000_000, secureAggregation };
  return {
    schemaVersion: 1,
    study,
    version: '1.0.0',
    sites: { training, external, minTraining: 3 },
    clauses: [
      { clauseId: 'moments', operations: ['statistics.moments@1'], kind: 'sum', scope: 'training', ...common },
      { clauseId: 'scores', operations: ['validation.scores@1'], kind: 'sum', scope: 'external', ...common, minSites: 1 },
    ],
  };
}

function logOf(origin: string, site: string | null, seed: string): GeneratedLog {
  return { origin, site, signer: ed25519Signer(sha256Bytes(Buffer.from(`${seed} ${origin}`))), leaves: [], checkpointsAt: [] };
}

interface Context {
  readonly made: GeneratedStudy;
  readonly base: () => { readonly v: 1; readonly at: number; readonly study: string };
  readonly protocolHash: string;
  readonly training: readonly string[];
  readonly external: readonly string[];
  readonly masked: boolean;
  readonly seed: string;
}

function addRound(
  { made, base, protocolHash, training, external, masked, seed }: Context,
  round: number,
  scope: 'training' | 'external',
  modelLock: string | null,
): void {
  const codes = scope === 'training' ? training : external;
  const operation = scope === 'training' ? 'statistics.moments@1' : 'validation.scores@1';
  const requestHash = sha256(`${seed} request ${round}`);
  const request = {
    protocolHash,
    run,
    round,
    attempt: 1,
    requestHash,
    operation,
    kind: 'sum' as const,
    scope: { name: scope, sites: [...codes] },
    modelLock,
  };
  const frames = new Map<string, Uint8Array>();
  const contributions: LeafOf<'roundCommit'>['contributions'] = [];
  for (const code of codes) {
    const one = sha256Bytes(Buffer.from(`${seed} frame ${round} ${code}`));
    const frame = Buffer.concat([one, one]);
    frames.set(code, frame);
    const contentSha256 = sha256(frame);
    logAt(made, code).leaves.push({
      ...base(),
      type: 'released',
      ...request,
      clauseId: scope === 'training' ? 'moments' : 'scores',
      bytes: frame.length,
      contentSha256,
      legsSha256: null,
      counts: sha256(`${seed} counts ${round} ${code}`),
    });
    if (masked)
      logAt(made, code).leaves.push({ ...base(), ...unmaskOf(round, requestHash, codes), replySha256: sha256(`${seed} ${code}`) });
    contributions.push({ site: code, state: 'released', contentSha256 });
    if (made.content === 'full') made.frames.push({ run, round, site: code, content: frame.toString('base64') });
  }
  const total = addBytes({ ...withoutMasks, run, round, operation, kind: 'sum', requestHash, sites: codes, frames });
  if (made.content === 'full') made.totals.push({ run, round, content: Buffer.from(total).toString('base64') });
  const commit = { protocolHash, run, round, requestHash, operation, kind: 'sum' as const, resultSha256: sha256(total), contributions };
  (made.logs[0] as GeneratedLog).leaves.push({ ...base(), type: 'roundCommit', ...commit });
}

/** How frames are read that nothing masks. */
const withoutMasks = { seeds: new Map<string, Uint8Array>(), masking: null, signingKeys: new Map<string, Uint8Array>() };

function unmaskOf(round: number, requestHash: string, codes: readonly string[]) {
  return { type: 'unmask' as const, run, round, attempt: 1, requestHash, survivors: [...codes], dropped: [] };
}

function logAt(made: GeneratedStudy, site: string): GeneratedLog {
  return made.logs.find((log) => log.site === site) as GeneratedLog;
}

/** The lock, its checkpoint, openings at external sites, two rounds there, and the end of the run. */
function lockAndValidate(context: Context, rounds: number): void {
  const { made, base, training, external } = context;
  const coordinator = made.logs[0] as GeneratedLog;
  const model = { coefficients: [0.5, -0.25, 2] };
  const modelSha256 = hashJson(model);
  coordinator.leaves.push({ ...base(), type: 'modelCommit', run, modelSha256, onnxSha256: sha256('onnx') });
  coordinator.checkpointsAt.push(coordinator.leaves.length);
  made.models.push({ run, model });
  const lockIndex = coordinator.leaves.length - 1;
  for (const code of external) {
    const log = logAt(made, code);
    log.leaves.push({ ...base(), type: 'validationOpening', run, modelSha256, ...openingOf(coordinator, lockIndex) });
  }
  if (external.length > 0) for (let extra = 1; extra <= 2; extra++) addRound(context, rounds + extra, 'external', modelSha256);
  const results = { science: { auc: 0.75 }, run: { host: 'made-up' } };
  made.results.push({ run, results });
  const bytes = [...training.map((site) => ({ site, answers: rounds })), ...external.map((site) => ({ site, answers: 2 }))];
  coordinator.leaves.push({
    ...base(),
    type: 'runClosed',
    run,
    state: 'finished',
    resultsSha256: hashJson(results),
    bytes: bytes.map(({ site, answers }) => ({ site, answers, bytes: 64 * answers })),
  });
}

/** What an opening says of the coordinator's log as it stands. */
export function openingOf(
  coordinator: GeneratedLog,
  lockIndex: number,
): Pick<LeafOf<'validationOpening'>, 'checkpoint' | 'lockIndex' | 'inclusion'> {
  const tree = treeOf(coordinator.leaves);
  const { size } = tree;
  return {
    checkpoint: signCheckpoint({ origin: coordinator.origin, size, root: tree.root() }, coordinator.signer),
    lockIndex,
    inclusion: inclusionProof(lockIndex, size, tree.read).map((hash) => Buffer.from(hash).toString('hex')),
  };
}

function treeOf(leaves: readonly Leaf[]): MerkleTree {
  return MerkleTree.of(leaves.map((leaf) => leafHash(Buffer.from(encodeLeaf(leaf), 'utf8'))));
}

/**
 * Signs the logs of a study as they stand, has the sites cosign, and writes the bundle.
 * @param cosigners sites that cosign a log's checkpoints; all other sites when left out
 */
export function writeBundle(made: GeneratedStudy, cosigners?: (log: GeneratedLog) => readonly GeneratedLog[]): string {
  const sites = made.logs.filter(({ site }) => site !== null);
  const logs = made.logs.map((log) => {
    const tree = treeOf(log.leaves);
    const witnesses = cosigners?.(log) ?? sites.filter((site) => site !== log);
    const checkpoints = log.checkpointsAt.map((size) => {
      const note = signCheckpoint({ origin: log.origin, size, root: tree.root(size) }, log.signer);
      const lines = witnesses.map((witness) => cosign(parseNote(note), witness.origin, witness.signer, Math.floor(startMs / 1000)));
      return withCosignatures(note, lines);
    });
    const tile = Buffer.concat(Array.from({ length: tree.size }, (_, i) => tree.read(0, i))).toString('base64');
    return { origin: log.origin, tile, leaves: log.leaves.map((leaf) => JSON.parse(canonicalJson(leaf)) as unknown), checkpoints };
  });
  const roster = made.logs.map(({ origin, site, signer }) => ({
    log: origin,
    role: site === null ? ('coordinator' as const) : ('site' as const),
    site,
    key: formatKey({ name: origin, type: signatureTypes.ed25519, publicKey: signer.publicKey }),
  }));
  const { models, results, frames, totals, content, protocol } = made;
  const bundle = {
    format: 'cohortium-bundle' as const,
    version: 1 as const,
    study: made.study,
    content,
    roster,
    protocols: [protocol],
    logs,
    models,
    results,
    frames,
    seeds: [],
    masking: { batches: [], rounds: [] },
    totals,
  };
  return sealBundle(bundle, (made.logs[0] as GeneratedLog).signer);
}
