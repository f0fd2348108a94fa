import { canonicalJson, formatMessage } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';
import { windowOf } from '../lint-clauses.js';
import type { Clause, Protocol } from '../schema.js';
import { diffWords } from './words.js';
import type { DiffWord } from './words.js';

/** What a change means for what may leave a hospital. */
export type Effect = 'newlyAllowed' | 'noLongerAllowed' | 'changed';

/** One change between two versions of a protocol. */
export interface ProtocolChange {
  /** The clause concerned; null for the rest of the study. */
  readonly clauseId: string | null;
  readonly effect: Effect;
  /** The sentence that tells it. */
  readonly word: DiffWord;
  readonly before: unknown;
  readonly after: unknown;
  /** Where in the study: `analysis.harmonization.method`, or a role of sites. */
  readonly path?: string;
}

/**
 * What a newer protocol allows that the older did not, what it no longer allows, and what else is different: clause by clause, in the order of
 * the newer one, then the study itself. Empty when the two are the same.
 */
export function diffProtocols(before: Protocol, after: Protocol): ProtocolChange[] {
  const old = new Map(before.clauses.map((clause) => [clause.clauseId, clause]));
  const changes: ProtocolChange[] = [];
  for (const clause of after.clauses) {
    const earlier = old.get(clause.clauseId);
    old.delete(clause.clauseId);
    if (earlier === undefined) changes.push(change(clause.clauseId, 'newlyAllowed', 'clauseAdded', null, clause));
    else changes.push(...diffClause(earlier, clause));
  }
  for (const clause of old.values()) changes.push(change(clause.clauseId, 'noLongerAllowed', 'clauseRemoved', clause, null));
  return [...changes, ...diffSites(before, after), ...diffStudy(before, after)];
}

/** A change as a sentence, with the clause's name in front left to the caller. */
export function tellChange({ word, before, after, path }: ProtocolChange, language: Language): string {
  const say = (key: DiffWord, params: MessageParams = {}) => formatMessage(diffWords[language][key], language, params);
  const purpose = (word === 'clauseAdded' ? after : before) as Clause | null;
  return say(word, {
    before: tellValue(word, before, language),
    after: tellValue(word, after, language),
    purpose: word.startsWith('clause') ? (purpose?.purpose[language] ?? '') : '',
    path: path ?? '',
    role: word.startsWith('site') && path !== undefined ? say(path as 'training' | 'external') : '',
  });
}

function tellValue(word: DiffWord, value: unknown, language: Language): string {
  const words = diffWords[language];
  if (word === 'purpose') return (value as Clause['purpose'])[language];
  if (value === null && word === 'notAfter') return words.ever;
  if (value === null && word === 'notBefore') return words.fromStart;
  if (value === null && word === 'maxParametersPerRow') return words.any;
  if (value === null || value === undefined) return words.none;
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}

function change(clauseId: string | null, effect: Effect, word: DiffWord, before: unknown, after: unknown, path?: string): ProtocolChange {
  return { clauseId, effect, word, before, after, ...(path === undefined ? {} : { path }) };
}

/** For each setting, how much it allows as a number: more is more. */
const reach = {
  minSites: (c) => -c.minSites,
  minParticipantsPerSite: (c) => -c.minParticipantsPerSite,
  minCell: (c) => -c.minCell,
  maxParametersPerRow: (c) => c.maxParametersPerRow ?? Infinity,
  maxBytes: (c) => c.maxBytes,
  maxPerRun: (c) => c.maxPerRun,
  secureAggregation: (c) => (c.secureAggregation === 'off' ? 1 : 0),
  notBefore: (c) => -windowOf(c)[0],
  notAfter: (c) => windowOf(c)[1],
} satisfies Partial<Record<keyof Clause, (clause: Clause) => number>>;

function diffClause(before: Clause, after: Clause): ProtocolChange[] {
  const id = after.clauseId;
  const changes: ProtocolChange[] = [];
  const note = (effect: Effect, word: DiffWord & keyof Clause) => changes.push(change(id, effect, word, before[word], after[word]));
  if (before.kind !== after.kind) note('newlyAllowed', 'kind');
  changes.push(...diffList(id, before.operations, after.operations, 'operationAdded', 'operationRemoved'));
  if (before.scope !== after.scope) changes.push(...diffScope(id, before.scope, after.scope));
  for (const word of Object.keys(reach) as (keyof typeof reach)[]) {
    // A change of kind turns masking off or on by itself, and is told above.
    if (word === 'secureAggregation' && before.kind !== after.kind) continue;
    const [from, to] = [reach[word](before), reach[word](after)];
    if (from !== to) note(to > from ? 'newlyAllowed' : 'noLongerAllowed', word);
  }
  if (!same(before.dominance, after.dominance)) note(widerDominance(before, after) ? 'newlyAllowed' : 'noLongerAllowed', 'dominance');
  if (!same(before.dp, after.dp)) note(lessNoise(before, after) ? 'newlyAllowed' : 'noLongerAllowed', 'dp');
  changes.push(...diffList(id, before.recipients, after.recipients, 'recipientAdded', 'recipientRemoved'));
  if (before.deadlineHours !== after.deadlineHours) note('changed', 'deadlineHours');
  if (!same(before.purpose, after.purpose)) note('changed', 'purpose');
  return changes;
}

/** A clause for all sites allows the two others; training and external allow different things. */
function diffScope(id: string, before: Clause['scope'], after: Clause['scope']): ProtocolChange[] {
  const effects: Effect[] = [
    ...(before === 'all' ? [] : ['newlyAllowed' as const]),
    ...(after === 'all' ? [] : ['noLongerAllowed' as const]),
  ];
  return effects.map((effect) => change(id, effect, 'scope', before, after));
}

function diffList(
  id: string | null,
  before: readonly string[],
  after: readonly string[],
  added: DiffWord,
  removed: DiffWord,
  path?: string,
): ProtocolChange[] {
  return [
    ...after.filter((name) => !before.includes(name)).map((name) => change(id, 'newlyAllowed', added, null, name, path)),
    ...before.filter((name) => !after.includes(name)).map((name) => change(id, 'noLongerAllowed', removed, name, null, path)),
  ];
}

/** Whatever is not clearly stricter counts as wider: a reader is warned once too often rather than once too little. */
function widerDominance({ dominance: from }: Clause, { dominance: to }: Clause): boolean {
  if (to === null || from === null) return to === null;
  return to.maxShare > from.maxShare || to.contributors < from.contributors;
}

/** Noise in units of what one participant can change; another mechanism or delta counts as less. */
function lessNoise({ dp: from }: Clause, { dp: to }: Clause): boolean {
  if (to === null || from === null) return to === null;
  return to.mechanism !== from.mechanism || to.delta > from.delta || to.sigma / to.l2Sensitivity < from.sigma / from.l2Sensitivity;
}

function diffSites({ sites: before }: Protocol, { sites: after }: Protocol): ProtocolChange[] {
  const list = (from: readonly string[], to: readonly string[], role: string) => diffList(null, from, to, 'siteAdded', 'siteRemoved', role);
  return [...list(before.training ?? [], after.training ?? [], 'training'), ...list(before.external, after.external, 'external')];
}

/** Told elsewhere, or the identity itself. */
const toldElsewhere = new Set(['clauses', 'version', 'sites.training', 'sites.external', 'derivedFrom', 'featureList.sha256']);

function diffStudy(before: unknown, after: unknown, path = ''): ProtocolChange[] {
  if (toldElsewhere.has(path) || same(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [change(null, 'changed', 'studyPart', before ?? null, after ?? null, path)];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => diffStudy(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
