import { StudyReplay, runStudy } from '@cohortium/analysis';
import type { Science } from '@cohortium/analysis';
import {
  RunReplay,
  SimulatedExchange,
  addFixedPoint,
  bytesToWords,
  chainHead,
  decodeFixedPoint,
  encodeFixedPoint,
  operationName,
  packSummary,
  requestHash,
  wordBytes,
} from '@cohortium/federation';
import type { CohortRows, PublishedTotal, RoundRequest, SimulatedSite, SiteAnswer } from '@cohortium/federation';
import { Frozen, canonicalJson, equalBytes, isAppError, sha256 } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { preparedDesign } from '@cohortium/learning';
import type { Preparation } from '@cohortium/learning';
import { protocolHash } from '@cohortium/protocol';
import type { ModelParams } from '@cohortium/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatedSites, runOver } from '../equivalence/study-cohorts.js';
import type { MadeStudy } from '../equivalence/study-cohorts.js';
import { hits, rowsIn, steepRequest, study } from './steep-request.js';
import type { GradientQuery } from './steep-request.js';
import { ToldFederation } from './told-federation.js';
import type { Asking, Inventing } from './told-federation.js';

const scale = Number(process.env['COHORTIUM_TEST_SCALE'] ?? 1);
const gradient = 'statistics.logistic-gradient@1';
/** A coordinator that follows the program up to the first gradient and then asks a request of its own making. */
const attacker: Asking = (honest) => (operationName(honest.query) === gradient ? steepRequest(honest) : undefined);

async function outcome(told: ToldFederation, of: MadeStudy): Promise<Science | string> {
  try {
    return (await runOver(told.federation, of)).science;
  } catch (error) {
    if (isAppError(error)) return `${error.code} ${String(error.params['reason'] ?? '')}`.trim();
    throw error;
  }
}

/** Total of the last round that was answered. */
function lastTotal(told: ToldFederation): { total: Float64Array; request: RoundRequest } {
  const request = told.requests.at(-1) as RoundRequest;
  const query = request.query as GradientQuery;
  const length = query.length(request.params as ModelParams<Preparation>);
  const sum = new Uint32Array(query.words.limbs * length);
  for (const [site, answer] of told.answers.at(-1) ?? [])
    if (answer.state === 'released') addFixedPoint(sum, bytesToWords(answer.bytes, query.words, length, 'attack', site), query.words);
  return { total: decodeFixedPoint(sum, query.words), request };
}

describe('a steep request that isolates participants in an exact sum', () => {
  it('opens whole rows of sites that do not replay, through their gates and under every clause', async () => {
    const told = new ToldFederation(study, { replaying: false, ask: attacker });
    // The program cannot read such a total; the attacker has it.
    await outcome(told, study);
    const { total, request } = lastTotal(told);
    const rows = rowsIn(total, request);
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(hits(rows)).toBe(rows.length);
  });

  it('gets nothing from sites that replay', async () => {
    const told = new ToldFederation(study, { replaying: true, ask: attacker });
    expect(await outcome(told, study)).toBe('FEDERATION.WITHHELD notDerived');
    for (const answer of told.answers.at(-1)?.values() ?? []) expect(answer).toEqual({ state: 'withheld', reason: 'notDerived' });
    const { total, request } = lastTotal(told);
    expect(total.every((value) => value === 0)).toBe(true);
    expect(rowsIn(total, request)).toEqual([]);
  });

  it('leaves a study of honest totals as it is, to the last bit', async () => {
    const plain = await outcome(new ToldFederation(study, { replaying: false }), study);
    const replayed = await outcome(new ToldFederation(study, { replaying: true }), study);
    expect(typeof plain).toBe('object');
    expect(canonicalJson(replayed)).toBe(canonicalJson(plain));
  });
});

describe('a request that differs in anything from the one that follows', () => {
  const changes: Record<string, (request: RoundRequest) => RoundRequest> = {
    'a later operation': (r) => ({ ...r, query: { ...r.query, version: r.query.version + 1 } as RoundRequest['query'] }),
    'fewer sites': (r) => ({ ...r, scope: { ...r.scope, sites: r.scope.sites.slice(1) } }),
    'another scope': (r) => ({ ...r, scope: { ...r.scope, name: r.scope.name === 'all' ? 'training' : 'all' } }),
    'the last bit of a parameter': (r) => ({ ...r, params: nudged(r.params) }),
  };

  it('is derived in no round', async () => {
    const told = new ToldFederation(study, { replaying: false });
    await outcome(told, study);
    const replay = new StudyReplay(study.input.protocol);
    for (const total of told.totals) {
      const request = told.requests[total.round - 1] as RoundRequest;
      for (const [name, change] of Object.entries(changes)) {
        const other = change(request);
        const changed = requestHash(other);
        if (changed === request.hash) continue;
        const derivation = await replay.derives({ round: total.round, requestHash: changed });
        expect(derivation, `${name} in round ${total.round}`).toEqual({ state: 'notDerived', because: 'request' });
      }
      expect(await replay.derives({ round: total.round, requestHash: request.hash })).toEqual({ state: 'derived' });
      // Nothing is known of rounds whose totals are missing: neither yes nor no.
      expect(await replay.derives({ round: total.round + 1, requestHash: request.hash })).toMatchObject({ state: 'totalsMissing' });
      await replay.learn(total);
    }
    expect(told.totals.length).toBeGreaterThan(20);
  });

  it('is not derived under another locked model, or before the lock', async () => {
    const told = new ToldFederation(study, { replaying: false });
    const science = (await outcome(told, study)) as Science;
    const replay = new StudyReplay(study.input.protocol);
    const first = told.requests.findIndex(({ scope }) => scope.name === 'external') + 1;
    for (const total of told.totals.slice(0, first - 1)) await replay.learn(total);
    const asked = { round: first, requestHash: (told.requests[first - 1] as RoundRequest).hash };
    expect(await replay.derives({ ...asked, modelLock: science.lock.modelSha256 })).toEqual({ state: 'derived' });
    expect(await replay.derives({ ...asked, modelLock: null })).toEqual({ state: 'notDerived', because: 'modelLock' });
    expect(await replay.derives({ ...asked, modelLock: sha256('another') })).toEqual({ state: 'notDerived', because: 'modelLock' });
  });

  it('a replay resumed from stored totals, cut anywhere, derives the same requests', async () => {
    const told = new ToldFederation(study, { replaying: false });
    await outcome(told, study);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: told.totals.length - 1 }), { maxLength: 4 }), async (cuts) => {
        let replay = new StudyReplay(study.input.protocol);
        for (const total of told.totals) {
          const { round, requestHash: hash } = total;
          if (cuts.includes(round)) {
            replay = new StudyReplay(study.input.protocol);
            for (const stored of told.totals.slice(0, round - 1)) await replay.learn(stored);
          }
          expect(await replay.derives({ round, requestHash: hash })).toEqual({ state: 'derived' });
          await replay.learn(total);
        }
      }),
      { numRuns: Math.max(1, Math.round(5 * scale)) },
    );
  }, 60_000);
});

/** Some number of the parameters moved by one unit in its last place. */
function nudged(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : value * (1 + 2 ** -52);
  if (value instanceof Float64Array) return value.map((x, i) => (i === 0 ? (nudged(x) as number) : x));
  if (value instanceof Frozen) return new Frozen(nudged(value.value) as never);
  if (Array.isArray(value)) return value.map((item, i) => (i === 0 ? nudged(item) : item));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, nudged(item)]));
}

/** Where an operation is asked for the nth time: the answer of one site with its vector changed; the sum is then whatever the coordinator wants. */
function changedSum(operation: string, change: (values: Float64Array, request: RoundRequest) => Float64Array, nth = 1): Inventing {
  let seen = 0;
  return (request, answers) => {
    if (operationName(request.query) !== operation || ++seen !== nth) return answers;
    const { words } = request.query as GradientQuery;
    const [site, answer] = [...answers][0] as [SiteId, SiteAnswer & { readonly bytes: Uint8Array }];
    const values = decodeFixedPoint(bytesToWords(answer.bytes, words, answer.bytes.length / words.limbs / 4, operation, site), words);
    const bytes = wordBytes(encodeFixedPoint(change(values, request), words, operation));
    return new Map([...answers, [site, { state: 'released', bytes }]]);
  };
}

/** Adds the same to every element of the score of every model. */
function pushScores(by: number) {
  return (values: Float64Array, { params }: RoundRequest): Float64Array => {
    const { models, columnCounts } = params as ModelParams<Preparation>;
    let base = 0;
    for (const { arm } of models) {
      const width = 3 + (columnCounts[arm] as number);
      for (let j = 2; j < width; j++) values[base + j] = (values[base + j] as number) + by;
      base += width;
    }
    return values;
  };
}

/** Largest linear predictor of a request, and how far the residuals of those rows are from 0 and 1 where no limit holds them. */
function steepnessOf({ params }: RoundRequest): { largest: number; softest: number } {
  const { arms, models, indices, values } = params as ModelParams<Preparation>;
  let [largest, softest] = [0, 0];
  for (const site of study.input.training) {
    const rows = study.cohorts.get(site)?.rows as CohortRows;
    let at = 0;
    for (const { arm, size } of models) {
      const design = preparedDesign(rows, (arms[arm]?.recipe as Frozen<Preparation>).value);
      for (let i = 0; i < rows.rowCount; i++) {
        let eta = 0;
        for (let k = at; k < at + size; k++)
          eta +=
            (values[k] as number) * (indices[k] === 0 ? 1 : (design.values[i * design.columnCount + (indices[k] as number) - 1] as number));
        largest = Math.max(largest, Math.abs(eta));
        softest = Math.max(softest, Math.exp(-Math.abs(eta)));
      }
      at += size;
    }
  }
  return { largest, softest };
}

/** The audit of a full bundle: sums every round again from the contributions. @returns the first round whose total is another one */
function firstInvented(told: ToldFederation): number | undefined {
  return told.totals.find(({ round, result }) => {
    const { query, params } = told.requests[round - 1] as RoundRequest;
    if (query.kind !== 'sum') return false;
    const length = query.length(params);
    const sum = new Uint32Array(query.words.limbs * length);
    for (const [site, answer] of told.answers[round - 1] ?? [])
      if (answer.state === 'released') addFixedPoint(sum, bytesToWords(answer.bytes, query.words, length, 'audit', site), query.words);
    return !equalBytes(wordBytes(sum), result);
  })?.round;
}

describe('an invented total', () => {
  it('steers the next request of a program into a step function, which the limit of the linear predictor makes worthless', async () => {
    const told = new ToldFederation(study, { replaying: true, invent: changedSum(gradient, pushScores(1e6), 2) });
    await outcome(told, study);
    // The first gradient is that of the null model, from which the penalties come.
    const first = told.requests.findIndex(({ query }) => operationName(query) === gradient) + 1;
    const next = told.requests[first + 1] as RoundRequest;
    expect(operationName(next.query)).toBe(gradient);
    // Unprotected: nearly every participant stands on one side of a step that the coordinator has put, so scores are subset sums.
    const { largest, softest } = steepnessOf(next);
    expect(largest).toBeGreaterThan(100);
    expect(softest).toBeLessThan(0.5);
    // The request does follow from what was told, so it is answered; every model that is too steep as a flag alone.
    for (const [site, answer] of told.answers[first + 1] ?? []) {
      expect(answer.state, site).toBe('released');
      const { bytes } = answer as { readonly bytes: Uint8Array };
      const query = next.query as GradientQuery;
      const length = query.length(next.params as ModelParams<Preparation>);
      const vector = decodeFixedPoint(bytesToWords(bytes, query.words, length, 'attack', site), query.words);
      const models = query.read(vector, next.params as ModelParams<Preparation>);
      expect(models.some(({ beyondLimit }) => beyondLimit)).toBe(true);
      for (const { beyondLimit, score } of models) if (beyondLimit) expect(score.every((value) => value === 0)).toBe(true);
    }
  });

  it('that counts less than a site alone ends what this site answers', async () => {
    const lie = changedSum('statistics.grid-counts@1', (values) => values.map((value) => value - 40));
    const told = new ToldFederation(study, { replaying: true, invent: lie });
    expect(await outcome(told, study)).toBe('FEDERATION.WITHHELD notDerived');
    const failures = await Promise.all([...told.sites.values()].map(({ replay }) => replay.failure()));
    expect(failures).toContain('FEDERATION.IMPOSSIBLE_TOTAL');
    // Without replay the run goes on as if nothing had happened.
    const blind = new ToldFederation(study, {
      replaying: false,
      invent: changedSum('statistics.grid-counts@1', (v) => v.map((x) => x - 40)),
    });
    await outcome(blind, study);
    expect(blind.totals.length).toBeGreaterThan(told.totals.length);
  });

  it('that changes what a site said of itself ends what this site answers', async () => {
    let victim: SiteId | undefined;
    const exclude: Inventing = (request, answers) => {
      if (request.round !== 1) return answers;
      victim = [...answers.keys()][0] as SiteId;
      return new Map([
        ...answers,
        [victim, { state: 'released', bytes: packSummary({ n: { state: 'ok', value: 999 }, verdict: 'eligible' }) }],
      ]);
    };
    const told = new ToldFederation(study, { replaying: true, invent: exclude });
    expect(await outcome(told, study)).toBe('FEDERATION.WITHHELD notDerived');
    expect(await told.sites.get(victim as SiteId)?.replay.failure()).toBe('FEDERATION.IMPOSSIBLE_TOTAL');
  });

  it('that no site can tell is evidence: the audit names its round, and every site answered under its chain', async () => {
    const told = new ToldFederation(study, { replaying: true, invent: changedSum(gradient, pushScores(0.25)) });
    await outcome(told, study);
    const first = told.requests.findIndex(({ query }) => operationName(query) === gradient) + 1;
    expect(told.totals.length).toBeGreaterThan(first);
    expect(firstInvented(told)).toBe(first);
    const hash = protocolHash(study.input.protocol);
    for (const { head } of told.sites.values()) expect(head).toBe(chainHead('run', hash, told.totals));

    const honest = new ToldFederation(study, { replaying: true });
    await outcome(honest, study);
    expect(firstInvented(honest)).toBeUndefined();
  });
});

describe('two models to two sites', () => {
  it('needs two stories, and then the sites answer under two heads', async () => {
    const told = new ToldFederation(study, { replaying: true });
    await outcome(told, study);
    const first = told.requests.findIndex(({ query }) => operationName(query) === gradient) + 1;
    const story = told.totals.slice(0, first);
    const other = story.map((total) =>
      total.round === first ? { ...total, result: invented(total, told.requests[first - 1] as RoundRequest) } : total,
    );
    const [a, b] = [await nextRequest(study, story), await nextRequest(study, other)];
    expect(a.round).toBe(b.round);
    expect(a.hash).not.toBe(b.hash);

    // Sites that do not replay answer whatever model each of them is shown.
    const blind = gatedSites(study);
    for (const [request, site] of [
      [a, study.input.training[0]],
      [b, study.input.training[1]],
    ] as const) {
      const answers = await new SimulatedExchange(new Map([[site as SiteId, blind.get(site as SiteId) as SimulatedSite]])).ask(request);
      expect(answers.get(site as SiteId)?.state).toBe('released');
    }

    // A site that replays answers the model of the story that it was told, and no other.
    const [one, two] = [await replayOf(story), await replayOf(other)];
    expect(await one.derives({ round: a.round, requestHash: a.hash })).toEqual({ state: 'derived' });
    expect(await one.derives({ round: b.round, requestHash: b.hash })).toEqual({ state: 'notDerived', because: 'request' });
    expect(await two.derives({ round: b.round, requestHash: b.hash })).toEqual({ state: 'derived' });
    // Told two stories, the two answer under two heads: one look at both answers shows it, from the round on in which the stories part.
    const hash = protocolHash(study.input.protocol);
    expect(chainHead('run', hash, story.slice(0, -1))).toBe(chainHead('run', hash, other.slice(0, -1)));
    expect(chainHead('run', hash, story)).not.toBe(chainHead('run', hash, other));
  });
});

async function replayOf(totals: readonly PublishedTotal[]): Promise<StudyReplay> {
  const replay = new StudyReplay(study.input.protocol);
  for (const total of totals) await replay.learn(total);
  return replay;
}

/** The request that the program asks after some totals. */
async function nextRequest({ input }: MadeStudy, totals: readonly PublishedTotal[]): Promise<RoundRequest> {
  const host = { lockModel: () => Promise.resolve(), stepBegins: () => undefined };
  const replay = new RunReplay((federation) => runStudy(input, federation, host));
  for (const total of totals) await replay.learn(total);
  const point = await replay.point();
  if (point.state !== 'asks') throw new Error(point.state);
  return point.request;
}

function invented({ result }: PublishedTotal, request: RoundRequest): Uint8Array {
  const { words } = request.query as GradientQuery;
  const values = decodeFixedPoint(bytesToWords(result, words, result.length / words.limbs / 4, gradient, 'lie'), words);
  return wordBytes(encodeFixedPoint(pushScores(0.25)(values, request), words, gradient));
}
