import { runStudy } from '@cohortium/analysis';
import {
  MemoryJournal,
  bytesToWords,
  decodeFixedPoint,
  operationName,
  parseParams,
  simulatedFederation,
  unpackSummary,
} from '@cohortium/federation';
import type { Draft, RoundRequest, SimulatedSite } from '@cohortium/federation';
import { isAppError, sha256 } from '@cohortium/kernel';
import type { Json, SiteId } from '@cohortium/kernel';
import { createGate, protectionOf } from '@cohortium/privacy';
import type { PreparedStudy } from '../cohort/prepare-cohort.js';
import { SimulatedEgress } from '../simulation/recording.js';

/** One message that a site would send, or keep. */
export interface PreviewedMessage {
  readonly round: number;
  readonly operation: string;
  readonly clauseId: string | null;
  readonly kind: 'sum' | 'siteSummary';
  readonly scope: string;
  readonly decision: 'released' | 'withheld';
  readonly reason: string | null;
  readonly bytes: number;
  readonly sha256: string | null;
  /** Sums: numbers in the vector. */
  readonly length: number | null;
  /** People behind it; the smallest group of any of its figures for a summary. */
  readonly smallestCount: number;
  /** Exactly what would leave: the vector's numbers, or the summary. Null where nothing would. */
  readonly values: readonly number[] | Json | null;
}

/** What a dry run yields. */
export interface Preview {
  readonly messages: readonly PreviewedMessage[];
  /** Code of the error that ended the program before its end; null where it ran through. */
  readonly endedBy: string | null;
}

/** Noise of a dry run is drawn from this and not from the site's secret: what is shown here must not tell what will be drawn. */
const previewNoise = new Uint8Array(32).fill(0x50);

/** Runs a study in this process with the real encoding and gates, and notes everything that one site decides on. Nothing is sent. */
export async function watchSite(study: PreparedStudy, site: SiteId): Promise<Preview> {
  const { protocol } = study;
  const messages: PreviewedMessage[] = [];
  const drafts: Draft[] = [];
  const sites = new Map<SiteId, SimulatedSite>();
  for (const [code, { rows }] of study.cohorts) {
    const history = new SimulatedEgress(code);
    const inner = history.remembering(createGate({ protocol, site: code, noiseSecret: previewNoise, sumsAreMasked: true }));
    const gate: SimulatedSite['gate'] = {
      decide: (draft, past) => {
        if (code === site) drafts.push(draft);
        const outcome = inner.decide(draft, past);
        if (code === site && outcome.state === 'withheld') messages.push(kept(draft, outcome.reason, outcome.clauseId));
        return outcome;
      },
    };
    sites.set(code, { rows, gate, history, protect: (request) => protectionOf(protocol, request) });
  }
  const federation = simulatedFederation(sites, new MemoryJournal(), (code, request, answer) => {
    if (code !== site || answer.state !== 'released') return;
    const draft = drafts.at(-1) as Draft;
    const clause = protocol.clauses.find(
      (c) => c.operations.includes(draft.operation) && (c.scope === draft.scope.name || c.scope === 'all'),
    );
    messages.push(released(draft, request, answer.bytes, clause?.clauseId ?? null));
  });
  const host = { lockModel: () => Promise.resolve(), stepBegins: () => undefined };
  try {
    await runStudy({ protocol, training: study.training, external: study.external }, federation, host);
    return { messages: messages.map((message, k) => ({ ...message, round: message.round || k + 1 })), endedBy: null };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { messages, endedBy: error.code };
  }
}

function kept(draft: Draft, reason: string, clauseId: string | null): PreviewedMessage {
  return { ...about(draft), round: 0, clauseId, decision: 'withheld', reason, bytes: 0, sha256: null, length: null, values: null };
}

function released(draft: Draft, { round, query, params }: RoundRequest, bytes: Uint8Array, clauseId: string | null): PreviewedMessage {
  const common = {
    ...about(draft),
    round,
    clauseId,
    decision: 'released' as const,
    reason: null,
    bytes: bytes.length,
    sha256: sha256(bytes),
  };
  if (query.kind === 'siteSummary') return { ...common, length: null, values: unpackSummary(bytes) as Json };
  const length = query.length(parseParams(query, params));
  const words = bytesToWords(bytes, query.words, length, operationName(query), draft.site);
  return { ...common, length, values: [...decodeFixedPoint(words, query.words)] };
}

function about(draft: Draft): Pick<PreviewedMessage, 'operation' | 'kind' | 'scope' | 'smallestCount'> {
  const { operation, kind, scope, participantCount, summary } = draft;
  const cells = summary === undefined ? [] : cellsOf(summary);
  return { operation, kind, scope: scope.name, smallestCount: Math.min(participantCount, ...cells) };
}

/** Every count that figures of a summary were made from, as it is before the gate takes them out. */
function cellsOf(value: Json): number[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => cellsOf(item));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value as Readonly<Record<string, Json>>).flatMap(([key, part]) =>
    key === 'cells' && Array.isArray(part) ? part.filter((count): count is number => typeof count === 'number') : cellsOf(part),
  );
}
