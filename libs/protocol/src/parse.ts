import { hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { LineCounter, parseDocument } from 'yaml';
import { protocolErrors } from './errors.js';
import { lintClauses } from './lint-clauses.js';
import { protocolSchema } from './schema.js';
import type { Protocol } from './schema.js';

/**
 * Reads a protocol from YAML (or JSON, which is YAML), fills in defaults and checks that it does not contradict itself.
 * @param file the name that errors show
 * @throws `PROTOCOL.NOT_YAML`, `PROTOCOL.BAD_SCHEMA`, `PROTOCOL.LINT`
 */
export function parseProtocol(yaml: string, file: string): Protocol {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, uniqueKeys: true });
  const first = document.errors[0];
  if (first) throw protocolErrors.error('PROTOCOL.NOT_YAML', { file, reason: first.message.split('\n')[0] ?? first.code });
  return checkProtocol(toValue(document, file));
}

/** An alias without anchor, or one that multiplies without end, only shows when the document is resolved. */
function toValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'not resolvable';
    throw protocolErrors.error('PROTOCOL.NOT_YAML', { file, reason }, { cause });
  }
}

/** Reads a protocol from a value that is already JSON. @throws `PROTOCOL.BAD_SCHEMA`, `PROTOCOL.LINT` */
export function checkProtocol(value: unknown): Protocol {
  const parsed = protocolSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw protocolErrors.error('PROTOCOL.BAD_SCHEMA', { path: issue?.path.join('.') || '(root)', reason: issue?.message ?? 'unknown' });
  }
  lintProtocol(parsed.data);
  return parsed.data;
}

/** SHA-256 of the canonical JSON of a protocol: the identity that sites approve. */
export function protocolHash(protocol: Protocol): Sha256 {
  return hashJson(protocol);
}

/**
 * Contradictions that the schema cannot express.
 * @param nowMs milliseconds since 1970, where clauses that have expired shall be refused too
 * @throws `PROTOCOL.LINT`
 */
export function lintProtocol(protocol: Protocol, nowMs?: number): void {
  lintClauses(protocol, nowMs);
  const refuse = (rule: string, reason: string) => protocolErrors.error('PROTOCOL.LINT', { rule, reason });
  const { analysis, validation, clauses, sites } = protocol;
  const ids = analysis.models.map((m) => m.id);
  if (new Set(ids).size !== ids.length) throw refuse('models', 'two models share an id');
  if (!ids.includes(analysis.primaryModel)) throw refuse('primaryModel', `no model is called ${analysis.primaryModel}`);
  if (analysis.harmonization.method === 'combat' && analysis.harmonization.covariates.includes(protocol.endpoint.column)) {
    throw refuse('covariates', 'the endpoint may not be a covariate of a harmonization that feeds a model');
  }
  if (analysis.clinical.some(({ column }) => column === protocol.endpoint.column))
    throw refuse('clinical', 'the endpoint may not predict itself');
  const predictors = repeated(analysis.clinical.map(({ column }) => column));
  if (predictors.length > 0) throw refuse('clinical', `the column "${predictors[0]}" is listed twice`);
  for (const { id, inputs } of analysis.models) {
    if (inputs.features === 'none' && (!inputs.clinical || analysis.clinical.length === 0))
      throw refuse('inputs', `the model ${id} has no input`);
  }
  const characteristics = repeated(protocol.characteristics.map(({ column }) => column));
  if (characteristics.length > 0) throw refuse('characteristics', `the column "${characteristics[0]}" is listed twice`);
  if (protocol.characteristics.some(({ column }) => column === protocol.endpoint.column))
    throw refuse('characteristics', 'the number of events of a hospital may not be shown');
  const { decisionThresholds, release } = validation;
  if (decisionThresholds.some((cut, k) => k > 0 && cut <= (decisionThresholds[k - 1] as number)))
    throw refuse('decisionThresholds', 'the cut-offs must ascend');
  if (release.decisionRange[0] >= release.decisionRange[1]) throw refuse('release', 'the decision range is empty');
  const clauseIds = clauses.map((c) => c.clauseId);
  if (new Set(clauseIds).size !== clauseIds.length) throw refuse('clauses', 'two clauses share an id');
  const targets = clauses.flatMap((c) =>
    c.operations.flatMap((o) => (c.scope === 'all' ? ['training', 'external'] : [c.scope]).map((s) => `${o} ${s}`)),
  );
  if (new Set(targets).size !== targets.length) throw refuse('clauses', 'two clauses name the same operation and scope');
  const twice = [sites.training ?? [], sites.external].flatMap(repeated);
  if (twice.length > 0) throw refuse('sites', `${twice.join(', ')} is listed twice`);
  const both = (sites.training ?? []).filter((s) => sites.external.includes(s));
  if (both.length > 0) throw refuse('sites', `${both.join(', ')} would be training and external`);
  // Cells are compared without regard to case, so values are too.
  const key = (value: string | number | boolean) => String(value).toLowerCase();
  const values = new Set(protocol.endpoint.positive.map(key));
  if (protocol.endpoint.negative.some((v) => values.has(key(v)))) throw refuse('endpoint', 'a value counts as positive and as negative');
  const { features, featureList } = protocol;
  const doubled = repeated(featureList?.names ?? ('list' in features ? features.list : []));
  if (doubled.length > 0) throw refuse('features', `the feature "${doubled[0]}" is listed twice`);
  const tuned = analysis.models.some((m) => m.penalty.rule === 'crossValidation');
  const loso = validation.leaveOneSiteOut;
  if (loso.enabled && sites.training !== undefined && sites.training.length < 4)
    throw refuse('leaveOneSiteOut', 'needs at least four training sites');
  if (loso.enabled && tuned && loso.penalty.rule === 'siteFolds' && sites.training !== undefined && sites.training.length < 5) {
    throw refuse('leaveOneSiteOut', 'tuning by site folds needs at least five training sites; use finalModel');
  }
}

/** Members of a list that stand in it more than once. */
function repeated(list: readonly string[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const item of list) (seen.has(item) ? again : seen).add(item);
  return [...again];
}

/** The clause that allows an operation in a scope, or undefined: a clause for all sites also covers training and external. */
export function findClause(
  protocol: Protocol,
  operation: string,
  scope: 'training' | 'external' | 'all',
): Protocol['clauses'][number] | undefined {
  const matching = protocol.clauses.filter((c) => c.operations.includes(operation) && (c.scope === scope || c.scope === 'all'));
  return matching.length === 1 ? matching[0] : undefined;
}
