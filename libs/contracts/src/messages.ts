import { withheldReasons } from '@cohortium/federation';
import { protocolSchema } from '@cohortium/protocol';
import { z } from 'zod';
import { maskingAsked, maskingFields, maskingSaid } from './masking-messages.js';
import { chunkBytes, chunkCount, inlineBytes, maxPayloadBytes } from './limits.js';

/** Version of the wire. A peer that speaks another one is refused by name. */
export const wireVersion = 2;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const code = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const operation = z.string().regex(/^[a-z]+\.[a-z-]+@[0-9]+$/);
const count = z.int().min(0);
const instant = z.int().min(0).describe('Milliseconds since 1970, UTC');

const envelope = { v: z.literal(wireVersion), study: code, site: code };

const chunkTotal = z.int().min(1).max(chunkCount(maxPayloadBytes));

/** Content that follows the header, or that travelled before in chunks when it is larger than one message may be. */
const payload = z
  .strictObject({
    sha256: hash,
    bytes: count.max(maxPayloadBytes),
    chunks: count.describe('0: the content is the body of this message'),
  })
  // One content has one number of chunks, so that a receiver never has to believe a count.
  .refine((ref) => (ref.chunks === 0 ? ref.bytes <= inlineBytes : ref.chunks === chunkCount(ref.bytes)));

/** A piece of a content-addressed payload; the body holds its bytes. Pieces of one payload precede the message that names it. */
export const chunkMessage = z
  .strictObject({ ...envelope, type: z.literal('chunk'), sha256: hash, index: count, chunks: chunkTotal, bytes: count.max(chunkBytes) })
  .refine((chunk) => chunk.index < chunk.chunks);

/** The protocol of a study, offered for approval. */
export const protocolMessage = z.strictObject({ ...envelope, type: z.literal('protocol'), protocolHash: hash, protocol: protocolSchema });

/** One round asked of one site. The body is the packed parameters. */
export const taskMessage = z.strictObject({
  ...envelope,
  type: z.literal('task'),
  run: code,
  round: z.int().min(1),
  attempt: z.int().min(1),
  operation,
  kind: z.enum(['sum', 'siteSummary']),
  scope: z.strictObject({ name: z.enum(['training', 'external', 'all']), sites: z.array(code).min(1) }),
  protocolHash: hash,
  requestHash: hash,
  prevRoundHash: hash.describe('Head of the chain of totals that the request follows from'),
  masking: z
    .strictObject({ batch: z.int().min(1), set: z.int().min(1), attempt: z.int().min(1) })
    .nullable()
    .describe('Key set that masks the answer; null for summaries, and for sums whose clause says so'),
  modelLock: hash.nullable().describe('Hash of the locked model; external sites answer nothing without it'),
  frozen: z
    .array(payload.refine((ref) => ref.chunks > 0))
    .describe('Frozen parts of the parameters, each sent to a site once per run, before the task, always in chunks'),
  committedThrough: count.describe('Rounds up to this one are committed: the site may forget their vectors and keep the hashes'),
  expiresAt: instant,
  params: payload,
});

/**
 * What a committed round came to: the result of a sum in fixed-point words, or the packed summaries by site. A site replays the program on
 * these and answers no other request than the one that follows. The body is the result.
 */
export const totalMessage = z.strictObject({
  ...envelope,
  type: z.literal('total'),
  run: code,
  round: z.int().min(1),
  protocolHash: hash,
  requestHash: hash,
  result: payload,
});

/** One leg of secure aggregation asked of one site; see `masking-messages.ts`. */
export const maskingRequestMessage = z.strictObject({
  ...envelope,
  type: z.literal('maskingRequest'),
  ...maskingFields,
  asked: maskingAsked,
});

/** A run has ended; the site may close its books on it. */
export const runClosedMessage = z.strictObject({
  ...envelope,
  type: z.literal('runClosed'),
  run: code,
  state: z.enum(['finished', 'aborted']),
});

const logName = z.string().regex(/^cohortium\/[A-Za-z0-9_-]{1,32}\/(coordinator|site\/[A-Za-z0-9_-]{1,32})$/);
const note = z.string().max(4096).describe('A signed checkpoint (C2SP tlog-checkpoint)');
const logKey = z.string().max(300).describe('The key that signs a log (C2SP signed-note: name+id+key)');
const proofHashes = z.array(hash).max(64);

/**
 * Asks a site to witness the state of logs of others, and to tell the state of its own. Control messages of the ledger (decision: closed
 * list): no field is derived from data.
 */
export const witnessMessage = z.strictObject({
  ...envelope,
  type: z.literal('witness'),
  logs: z
    .array(
      z.strictObject({
        log: logName,
        key: logKey,
        note,
        from: count.describe('Size that the site saw last, where the proof begins; 0 when it has seen none'),
        proof: proofHashes.describe('Consistency proof from there'),
      }),
    )
    .max(64),
  lock: z
    .strictObject({ leaf: z.string().max(4096), index: count, inclusion: proofHashes })
    .nullable()
    .describe("A model lock: the leaf of the coordinator's log, its place, and its proof in the tree of the first checkpoint"),
  have: count.describe("Leaves of the site's log that the coordinator holds"),
  echo: note.nullable().describe("The site's own newest checkpoint as the coordinator holds it: a site that has less was rolled back"),
});

/** Everything a coordinator sends to a site. */
export const downMessage = z.discriminatedUnion('type', [
  chunkMessage,
  protocolMessage,
  totalMessage,
  taskMessage,
  maskingRequestMessage,
  runClosedMessage,
  witnessMessage,
]);

/** A site presents itself. */
export const helloMessage = z.strictObject({
  ...envelope,
  type: z.literal('hello'),
  release: z.string().max(40),
  operations: z.array(operation),
  nkey: z.string().max(80),
});

/** A site's decision on a protocol. */
export const approvalMessage = z.strictObject({
  ...envelope,
  type: z.literal('approval'),
  protocolHash: hash,
  decision: z.enum(['approved', 'refused', 'waiting']),
  reason: z.enum([
    'withinPolicy',
    'byOperator',
    'beyondPolicy',
    'refusedByOperator',
    'unknownOperation',
    'cohortMismatch',
    'extractionUnknown',
    'extractorDiffers',
    'extractionSettingsDiffer',
    'ibsiCertificateMissing',
    'featuresNotExtracted',
    'waitingForOperator',
    'waitingForSignatures',
    'revoked',
  ]),
});

/** A site's answer to a task: released content in the body (or in chunks), or the reason why it stayed. */
export const answerMessage = z.strictObject({
  ...envelope,
  type: z.literal('answer'),
  run: code,
  round: z.int().min(1),
  attempt: z.int().min(1),
  operation,
  kind: z.enum(['sum', 'siteSummary']),
  requestHash: hash,
  prevRoundHash: hash.nullable().describe('Head of the chain of totals that the site answers under; null where it withholds'),
  state: z.enum(['released', 'withheld']),
  reason: z.enum(withheldReasons).nullable(),
  clauseId: z.string().max(64).nullable(),
  payload,
});

/** Longest sum of the leaves in one message, in characters: a header holds them, and what does not fit comes with the next one. */
export const maxLeafChars = 40_000;

/** What a site has witnessed, and the state of its own log with the leaves that the coordinator lacks, as many as fit. */
export const witnessedMessage = z.strictObject({
  ...envelope,
  type: z.literal('witnessed'),
  cosignatures: z
    .array(
      z.strictObject({
        log: logName,
        size: count,
        line: z.string().max(400).describe('Signature line of the note (C2SP tlog-cosignature v1)'),
      }),
    )
    .max(64),
  refused: z.array(z.strictObject({ log: logName, size: count, reason: z.enum(['notTheLog', 'older', 'forked', 'otherKey']) })).max(64),
  key: logKey,
  from: count,
  leaves: z.array(z.string().max(20_000)),
  note: note.nullable().describe('Checkpoint over all leaves up to the last one of this message; null for an empty log'),
  more: z.boolean().describe('The log has further leaves'),
});

/** A site's reply to one leg of secure aggregation. */
export const maskingReplyMessage = z.strictObject({ ...envelope, type: z.literal('maskingReply'), ...maskingFields, said: maskingSaid });

/** Everything a site sends over the durable stream. */
export const upMessage = z.discriminatedUnion('type', [
  chunkMessage,
  helloMessage,
  approvalMessage,
  answerMessage,
  witnessedMessage,
  maskingReplyMessage,
]);

/** Sign of life, not kept: what a site is doing. No field is derived from data. */
export const heartbeatMessage = z.strictObject({
  v: z.literal(wireVersion),
  site: code,
  type: z.literal('heartbeat'),
  state: z.enum(['idle', 'computing', 'sending', 'blocked']),
  run: code.nullable(),
  round: count.nullable(),
  sentAt: instant,
});

/** A message of {@link downMessage}. */
export type DownMessage = z.output<typeof downMessage>;
/** A message of {@link upMessage}. */
export type UpMessage = z.output<typeof upMessage>;
/** A message of {@link taskMessage}. */
export type TaskMessage = z.output<typeof taskMessage>;
/** A message of {@link totalMessage}. */
export type TotalMessage = z.output<typeof totalMessage>;
/** A message of {@link answerMessage}. */
export type AnswerMessage = z.output<typeof answerMessage>;
/** A message of {@link maskingRequestMessage}. */
export type MaskingRequestMessage = z.output<typeof maskingRequestMessage>;
/** A message of {@link maskingReplyMessage}. */
export type MaskingReplyMessage = z.output<typeof maskingReplyMessage>;
/** A message of {@link heartbeatMessage}. */
export type HeartbeatMessage = z.output<typeof heartbeatMessage>;
/** A message of {@link approvalMessage}. */
export type ApprovalMessage = z.output<typeof approvalMessage>;
/** A message of {@link chunkMessage}. */
export type ChunkMessage = z.output<typeof chunkMessage>;
/** A payload reference. */
export type PayloadRef = z.output<typeof payload>;
/** A request to witness. */
export type WitnessMessage = z.output<typeof witnessMessage>;
/** What a site has witnessed. */
export type WitnessedMessage = z.output<typeof witnessedMessage>;
