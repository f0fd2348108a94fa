import { chunkMessages, encodeMessage, splitPayload, subjects, wireVersion } from '@cohortium/contracts';
import type { PayloadRef, TaskMessage, TotalMessage } from '@cohortium/contracts';
import { operationName } from '@cohortium/federation';
import type { PublishedTotal, RoundRequest } from '@cohortium/federation';
import { frozenParts, pack } from '@cohortium/kernel';
import type { Packable } from '@cohortium/kernel';
import type { MaskedRound } from '@cohortium/persistence';
import type { Outgoing } from '../outbox-relay.js';

/** What is the same in all tasks of a run. */
export interface TaskContext {
  readonly run: string;
  readonly study: string;
  readonly protocolHash: string;
}

/** Content of a round as it travels. */
export interface RoundContent {
  /** Packed parameters. */
  readonly params: Uint8Array;
  readonly paramsRef: PayloadRef;
  /** Frozen parts of the parameters by reference, inner ones first, so that each can be read when it arrives. */
  readonly frozen: readonly { readonly ref: PayloadRef; readonly bytes: Uint8Array }[];
}

/** Packs the parameters of a round. */
export function packRound(request: RoundRequest): RoundContent {
  const params = pack(request.params as Packable);
  const parts = [...frozenParts(request.params as Packable).values()].reverse();
  return {
    params,
    paramsRef: splitPayload(params).ref,
    frozen: parts.map((bytes) => ({ ref: splitPayload(bytes, { alwaysChunks: true }).ref, bytes })),
  };
}

/** Totals that are sent in chunks, and therefore stored beside the outbox. */
export function chunkedTotals(totals: readonly PublishedTotal[]): readonly { readonly sha256: string; readonly bytes: Uint8Array }[] {
  return totals.flatMap(({ result }) => {
    const { ref } = splitPayload(result);
    return ref.chunks === 0 ? [] : [{ sha256: ref.sha256, bytes: result }];
  });
}

/** Content of a round that is sent in chunks, and therefore stored beside the outbox. */
export function chunkedContent(content: RoundContent): readonly { readonly sha256: string; readonly bytes: Uint8Array }[] {
  const parts = content.frozen.map(({ ref, bytes }) => ({ sha256: ref.sha256, bytes }));
  return content.paramsRef.chunks === 0 ? parts : [...parts, { sha256: content.paramsRef.sha256, bytes: content.params }];
}

/** One asking of one site. */
export interface TaskLeg {
  readonly site: string;
  readonly attempt: number;
  readonly expiresAtMs: number;
  readonly modelLock: string | null;
  /** Head of the chain of totals that the request follows from. */
  readonly prevRoundHash: string;
  /** Totals of rounds before this one that the site shall be told, in their order. */
  readonly totals: readonly PublishedTotal[];
  /** Key set that masks the answer; null where it leaves as it was released. */
  readonly masking: MaskedRound | null;
  /** Frozen parts to send along, by hash: all of them when the site is asked again. */
  readonly withParts: (hash: string) => boolean;
}

/** Messages of one leg in the order in which they must arrive: totals, frozen parts, chunks of the parameters, task. */
export function taskMessages(context: TaskContext, request: RoundRequest, content: RoundContent, leg: TaskLeg): readonly Outgoing[] {
  const chunked = content.frozen.filter(({ ref }) => leg.withParts(ref.sha256)).map(({ bytes }) => bytes);
  if (content.paramsRef.chunks > 0) chunked.push(content.params);
  return [
    ...leg.totals.flatMap((total) => totalLegs(context, request, leg, total)),
    ...chunked.flatMap((bytes) => chunkLegs(context, request, leg, bytes)),
    taskLeg(context, request, content, leg),
  ];
}

function totalLegs(context: TaskContext, request: RoundRequest, leg: TaskLeg, total: PublishedTotal): readonly Outgoing[] {
  const { run, study, protocolHash } = context;
  const { round, requestHash, result } = total;
  const { ref } = splitPayload(result);
  const name = `total.${round}`;
  const header: TotalMessage = {
    v: wireVersion,
    study,
    site: leg.site,
    type: 'total',
    run,
    round,
    protocolHash,
    requestHash,
    result: ref,
  };
  const message = {
    messageId: `${idOf(context, request, leg)}.${name}`,
    subject: subjects.task(study, leg.site),
    run,
    head: ref.chunks === 0 ? encodeMessage(header, result) : encodeMessage(header),
    slice: null,
  };
  return ref.chunks === 0 ? [message] : [...chunkLegs(context, request, leg, result, `${name}.`), message];
}

/** @param name parts content of one leg that comes twice */
function chunkLegs(context: TaskContext, request: RoundRequest, leg: TaskLeg, content: Uint8Array, name = ''): readonly Outgoing[] {
  let from = 0;
  return chunkMessages({ study: context.study, site: leg.site }, content).messages.map(({ header, body }) => {
    const slice = { sha256: header.sha256, from, bytes: body.length };
    from += body.length;
    const frame = encodeMessage(header, body);
    return {
      messageId: `${idOf(context, request, leg)}.${name}${header.sha256}.${header.index}`,
      subject: subjects.task(context.study, leg.site),
      run: context.run,
      // A copy: a view would hold on to the body.
      head: frame.slice(0, frame.length - body.length),
      slice,
      body,
    };
  });
}

function taskLeg(context: TaskContext, request: RoundRequest, content: RoundContent, leg: TaskLeg): Outgoing {
  const header: TaskMessage = {
    v: wireVersion,
    study: context.study,
    site: leg.site,
    type: 'task',
    run: context.run,
    round: request.round,
    attempt: leg.attempt,
    operation: operationName(request.query),
    kind: request.query.kind,
    scope: { name: request.scope.name, sites: [...request.scope.sites] },
    protocolHash: context.protocolHash,
    requestHash: request.hash,
    prevRoundHash: leg.prevRoundHash,
    masking: leg.masking,
    modelLock: leg.modelLock,
    frozen: content.frozen.map(({ ref }) => ref),
    // Rounds of a program are sequential: all before this one are committed.
    committedThrough: request.round - 1,
    expiresAt: leg.expiresAtMs,
    params: content.paramsRef,
  };
  const inline = content.paramsRef.chunks === 0;
  return {
    messageId: `${idOf(context, request, leg)}.task`,
    subject: subjects.task(context.study, leg.site),
    run: context.run,
    head: inline ? encodeMessage(header, content.params) : encodeMessage(header),
    slice: null,
  };
}

/** `RUN.SITE.ROUND.ATTEMPT`: no message id is used twice. */
function idOf(context: TaskContext, request: RoundRequest, leg: TaskLeg): string {
  return `${context.run}.${leg.site}.${request.round}.${leg.attempt}`;
}
