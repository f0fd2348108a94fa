import { draftAnswer } from '@cohortium/federation';
import type { CohortRows, Draft, ReleaseHistory, RosterScope, SiteRequest } from '@cohortium/federation';
import { parseSiteId } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import { createGate, protectionOf } from '@cohortium/privacy';
import type { Released } from '@cohortium/privacy';
import { checkProtocol } from '@cohortium/protocol';
import type { Clause, Protocol } from '@cohortium/protocol';
import { rowsFromTable } from '@cohortium/testkit';

/** Seed of an attack, to be printed and taken back. */
export const attackSeed = Number(process.env['COHORTIUM_TEST_SEED'] ?? 20261128);

const text = { en: 'An attack', zh: '攻击' };

/** Sites of the attacked study. */
export const training: readonly SiteId[] = ['A', 'B', 'C', 'D'].map(parseSiteId);
export const site: SiteId = training[0] as SiteId;
export const trainingScope: RosterScope = { name: 'training', sites: training };

/** Protections of a clause that go around the schema, so that attacks also try what a lint would refuse. */
const protections = ['dp', 'dominance', 'secureAggregation'] as const;

/** A protocol whose clauses are those given, every default as it is in the product. */
export function attackedProtocol(clauses: readonly object[], analysis: object = {}): Protocol {
  const plain = (clause: object) => Object.fromEntries(Object.entries(clause).filter(([key]) => !protections.includes(key as 'dp')));
  const extras = (clause: object) => Object.fromEntries(Object.entries(clause).filter(([key]) => protections.includes(key as 'dp')));
  const protocol = checkProtocol({
    schemaVersion: 1,
    study: 'attacked',
    version: '1.0.0',
    title: text,
    endpoint: { name: 'y', label: text, column: 'y', positive: [1], negative: [0] },
    features: { all: true },
    sites: { training },
    analysis: { models: [{ id: 'm', alpha: 1, penalty: { rule: 'fixed', lambda: 0.1 } }], primaryModel: 'm', ...analysis },
    validation: { leaveOneSiteOut: { enabled: false } },
    clauses: clauses.map((clause, index) => ({ clauseId: `c${index}`, purpose: text, scope: 'training', ...plain(clause) })),
  });
  return { ...protocol, clauses: protocol.clauses.map((clause, k) => ({ ...clause, ...extras(clauses[k] as object) })) };
}

/** A clause for some operations, of the product's defaults but for what is given. */
export function clauseFor(operations: readonly string[], kind: Clause['kind'], settings: object = {}): object {
  return { operations, kind, ...settings };
}

export const nothingYet: ReleaseHistory = { find: () => undefined, countInRun: () => 0 };

/** What the site would send, with whatever its protocol wants done on the way. */
export function draftOf(protocol: Protocol, rows: CohortRows, request: SiteRequest): Draft {
  return draftAnswer(site, rows, request, protectionOf(protocol, request));
}

/** What the product does with a request: the released bytes' owner, or the reason why nothing left. */
export function answerOf(
  protocol: Protocol,
  rows: CohortRows,
  request: SiteRequest,
  history = nothingYet,
  noiseSecret?: Uint8Array,
): Released | string {
  const gate = createGate({ protocol, site, ...(noiseSecret && { noiseSecret }) });
  const outcome = gate.decide(draftOf(protocol, rows, request), history);
  return outcome.state === 'released' ? outcome.released : outcome.reason;
}

/** One participant of a made-up cohort. */
export interface Person {
  readonly name: string;
  readonly features: readonly number[];
  readonly outcome: number;
  readonly covariates?: Readonly<Record<string, number>>;
}

/** People with normal features and an outcome that follows the first. */
export function madePeople(count: number, featureCount: number, seed: number, prefix = 'p'): Person[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const features = Array.from({ length: featureCount }, () => random.normal());
    return { name: `${prefix}${i}`, features, outcome: Number(random.uniform() < 1 / (1 + Math.exp(-(features[0] as number)))) };
  });
}

/** People of one site as its queries see them. */
export function rowsOf(people: readonly Person[], of: SiteId = site): CohortRows {
  const names = Object.keys(people[0]?.covariates ?? {});
  return rowsFromTable({
    site: people.map(() => of),
    participants: people.map(({ name }) => name),
    features: {
      names: (people[0]?.features ?? []).map((_, j) => `f${j}`),
      values: Float64Array.from(people.flatMap(({ features }) => [...features])),
    },
    outcome: Float64Array.from(people, ({ outcome }) => outcome),
    covariates: Object.fromEntries(
      names.map((name) => [name, Float64Array.from(people, ({ covariates }) => covariates?.[name] as number)]),
    ),
  });
}

/** Sum of plain vectors. */
export function sumOf(vectors: readonly Float64Array[]): Float64Array {
  return (vectors[0] as Float64Array).map((_, j) => vectors.reduce((s, v) => s + (v[j] as number), 0));
}

/** Root mean square distance of a guess from a row, in units of standard deviations (features are standard normal). */
export function featureError(guess: Float64Array | readonly number[], row: readonly number[]): number {
  return Math.sqrt(row.reduce((s, x, j) => s + ((guess[j] as number) - x) ** 2, 0) / row.length);
}

/** Area under the ROC curve of scores of members against those of others. */
export function areaUnderCurve(members: readonly number[], others: readonly number[]): number {
  let wins = 0;
  for (const m of members) for (const o of others) wins += m > o ? 1 : m === o ? 0.5 : 0;
  return wins / (members.length * others.length);
}
