import { bytesToWords, subtractFixedPoint } from '@cohortium/federation';
import type { SiteId } from '@cohortium/kernel';
import {
  addAgreement,
  addMasked,
  agreeOnSurvivors,
  collectSum,
  openSecrets,
  remainingMasks,
  thresholdOf,
  unmaskRequest,
} from '@cohortium/privacy';
import type { CollectedSum, SumBinding, UnmaskRequest } from '@cohortium/privacy';
import { MaskedSites, plainTotal, testSum, testVectors, totalOf, wordsOf } from '@cohortium/testkit';
import { describe, expect, it } from 'vitest';
import { carelessUnmask, difference } from './naive-aggregation.js';

const victimOf = (harness: MaskedSites): SiteId => harness.ids[0] as SiteId;

/** All sites have masked; the coordinator holds the frames. */
function maskedByAll(over: Partial<SumBinding> = {}, siteCount = 6) {
  const harness = new MaskedSites({ siteCount, setCount: 3 }).ready();
  const sum = testSum(over);
  const vectors = testVectors(harness.ids, sum, harness.random);
  let state = collectSum(sum);
  const frames = new Map<SiteId, Uint8Array>();
  for (const [id, vector] of vectors) {
    const { frame, statement } = harness.mask(id, sum, vector);
    frames.set(id, frame);
    state = addMasked(harness.collected, state, statement, frame, harness.roster);
  }
  return { harness, sum, vectors, frames, state, victim: victimOf(harness), request: unmaskRequest(harness.collected, state) };
}

/** What the coordinator reads of one site once it has the given shares of everyone. */
function readVictim(
  { harness, sum, frames, state, victim }: ReturnType<typeof maskedByAll>,
  shares: (id: SiteId) => ReturnType<typeof carelessUnmask>,
): Uint32Array {
  // Seeds and mask keys of the same site together undo everything around its vector.
  const half = (secret: 'seed' | 'maskKey', statements: CollectedSum['statements']) =>
    openSecrets(harness.collected, {
      ...state,
      statements,
      replies: harness.ids.map((site) => ({
        site,
        signature: '',
        shares: shares(site).filter((share) => share.of !== victim || share.secret === secret),
      })),
    });
  const { seeds } = half('seed', state.statements);
  const { maskSecrets } = half(
    'maskKey',
    state.statements.filter(({ site }) => site !== victim),
  );
  const others = new Map([...frames].filter(([id]) => id !== victim));
  const othersState = { ...state, statements: state.statements.filter(({ site }) => site !== victim) };
  const withoutVictim = totalOf(sum, others, remainingMasks(harness.collected, othersState, { seeds: omit(seeds, victim), maskSecrets }));
  const withVictim = totalOf(sum, frames, remainingMasks(harness.collected, state, { seeds, maskSecrets: {} }));
  return difference(withVictim, withoutVictim, sum);
}

const omit = (seeds: Readonly<Record<SiteId, string>>, site: SiteId): Readonly<Record<SiteId, string>> =>
  Object.fromEntries(Object.entries(seeds).filter(([id]) => id !== site));

describe('A7: a site listed as surviving and as dropped', () => {
  const overlap = ({ request, victim }: ReturnType<typeof maskedByAll>): UnmaskRequest => ({ ...request, dropped: [victim] });

  it('works against sites that do not compare the lists: the vector of one site is read', () => {
    const scene = maskedByAll({ roster: 'partial' });
    const read = readVictim(scene, (id) => carelessUnmask(scene.harness.setOf(id, scene.sum), overlap(scene)));
    expect(read).toEqual(plainTotal(scene.sum, new Map([[scene.victim, scene.vectors.get(scene.victim) as Uint8Array]])));
  });

  it.each(['full', 'partial'] as const)('fails under the rule %s: nothing is revealed, nothing is recorded as revealed', (roster) => {
    const scene = maskedByAll({ roster });
    for (const id of scene.harness.ids) {
      expect(() => scene.harness.unmask(id, overlap(scene))).toThrow('survivingAndDropped');
      expect(scene.harness.recordOf(id, scene.sum)).toBeUndefined();
    }
    if (roster === 'partial') expect(() => scene.harness.agree(scene.victim, overlap(scene))).toThrow('survivingAndDropped');
  });
});

describe('A7: two unmaskings whose survivors differ by one site', () => {
  const without = (scene: ReturnType<typeof maskedByAll>): UnmaskRequest => ({
    ...scene.request,
    statements: scene.request.statements.filter(({ site }) => site !== scene.victim),
    dropped: [scene.victim],
  });

  it('work against sites that keep no record: the difference of the totals is the vector of one site', () => {
    const scene = maskedByAll({ roster: 'partial' });
    const shares = (id: SiteId) => {
      const set = scene.harness.setOf(id, scene.sum);
      return [...carelessUnmask(set, scene.request), ...carelessUnmask(set, without(scene)).filter(({ secret }) => secret === 'maskKey')];
    };
    const read = readVictim(scene, shares);
    expect(read).toEqual(plainTotal(scene.sum, new Map([[scene.victim, scene.vectors.get(scene.victim) as Uint8Array]])));
  });

  it('fail over the full scope: no other survivor set is accepted, before or after', () => {
    const scene = maskedByAll();
    const { harness, request, sum } = scene;
    for (const id of harness.ids) expect(() => harness.unmask(id, without(scene))).toThrow('notTheWholeScope');
    for (const id of harness.ids) harness.unmask(id, request);
    for (const id of harness.ids) expect(() => harness.unmask(id, without(scene))).toThrow('alreadyUnmasked');
    // A new attempt of an unmasked round is not even masked.
    const again = testSum({ ...sum, set: 2, attempt: 2 });
    for (const [id, vector] of scene.vectors) expect(() => harness.mask(id, again, vector)).toThrow('roundIsClosed');
  });

  it('fail over partial rosters: a site signs one survivor set, and reveals once', () => {
    const scene = maskedByAll({ roster: 'partial' });
    const { harness, request } = scene;
    const others = harness.ids.filter((id) => id !== scene.victim);
    let state = scene.state;
    for (const id of harness.ids) state = addAgreement(harness.collected, state, harness.agree(id, request), harness.roster);
    for (const id of others) expect(() => harness.agree(id, without(scene))).toThrow('otherSurvivorsAgreed');
    const agreed = unmaskRequest(harness.collected, state);
    for (const id of others)
      expect(() => harness.unmask(id, { ...without(scene), agreements: agreed.agreements })).toThrow('otherSurvivorsAgreed');
    for (const id of harness.ids) harness.unmask(id, agreed);
    for (const id of others) expect(() => harness.unmask(id, without(scene))).toThrow('alreadyUnmasked');
  });

  it('fail when different sites are shown different survivors: neither set finds enough signatures', () => {
    const scene = maskedByAll({ roster: 'partial' }, 8);
    const { harness, request } = scene;
    const others = harness.ids.filter((id) => id !== scene.victim);
    const [left, right] = [others.slice(0, 4), [scene.victim, ...others.slice(4)]];
    const [a, b] = [right.map((id) => harness.agree(id, request)), left.map((id) => harness.agree(id, without(scene)))];
    expect(Math.max(a.length, b.length)).toBeLessThan(thresholdOf(8));
    for (const id of right) expect(() => harness.unmask(id, { ...request, agreements: a })).toThrow('tooFewAgree');
    for (const id of left) expect(() => harness.unmask(id, { ...without(scene), agreements: b })).toThrow('tooFewAgree');
    // Padding one list with the signatures of the other, or with the same one twice, does not help.
    for (const id of right) {
      expect(() => harness.unmask(id, { ...request, agreements: [...a, ...b] })).toThrow('tooFewAgree');
      expect(() => harness.unmask(id, { ...request, agreements: [...a, ...a] })).toThrow('tooFewAgree');
    }
  });

  it('cannot be had from any schedule of sums that sites accept: no combination of the cohorts is a single site', () => {
    const ids = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
    const rows = (cohorts: readonly (readonly string[])[]) => cohorts.map((harness) => ids.map((id) => Number(harness.includes(id))));
    const exposed = (cohorts: readonly (readonly string[])[]) =>
      ids.filter((_, i) => {
        const unit = ids.map((__, j) => Number(i === j));
        return rank([...rows(cohorts), unit]) === rank(rows(cohorts));
      });
    // Unprotected: any subset of three or more. Every site is exposed.
    expect(exposed([ids, ...ids.map((id) => ids.filter((other) => other !== id))])).toEqual(ids);
    // A protocol has the scopes training, external and all; a sum is opened over whole scopes only.
    expect(exposed([ids.slice(0, 4), ids.slice(4), ids])).toEqual([]);
    // With a single external site the protocol itself exposes it, which SECURITY.md says.
    expect(exposed([ids.slice(0, 6), ids])).toEqual(['G']);
  });
});

describe('a request that is not about the sum that was masked', () => {
  const cases: readonly (readonly [string, string, (scene: ReturnType<typeof maskedByAll>) => UnmaskRequest])[] = [
    ['another round', 'anotherSum', ({ request }) => ({ ...request, sum: { ...request.sum, round: 2 } })],
    ['another attempt', 'anotherSum', ({ request }) => ({ ...request, sum: { ...request.sum, attempt: 2 } })],
    ['another key set', 'wrongSignature', ({ request }) => ({ ...request, sum: { ...request.sum, set: 2 } })],
    ['a site left out', 'notTheScope', ({ request }) => ({ ...request, statements: request.statements.slice(1) })],
    [
      'a site twice',
      'siteNamedTwice',
      ({ request }) => ({ ...request, statements: [...request.statements.slice(1), request.statements[1] as never] }),
    ],
    ['a stranger', 'notTheScope', ({ request }) => ({ ...request, dropped: ['X' as SiteId] })],
    [
      'the frame of another',
      'wrongSignature',
      ({ request }) => ({
        ...request,
        statements: request.statements.map((one, i, all) => (i === 1 ? { ...one, frameSha256: (all[2] as typeof one).frameSha256 } : one)),
      }),
    ],
  ];

  it.each(cases)('%s is refused', (_, reason, asked) => {
    const scene = maskedByAll();
    const id = scene.harness.ids[5] as SiteId;
    expect(() => scene.harness.unmask(id, asked(scene))).toThrow(reason);
    expect(() => scene.harness.unmask(id, scene.request)).not.toThrow();
  });

  it('another rule than the catalogue of the site says is refused: no downgrade to partial rosters', () => {
    const scene = maskedByAll({ roster: 'partial' });
    const { harness, request } = scene;
    for (const id of harness.ids) {
      expect(() => harness.unmask(id, request, 'full')).toThrow('otherRosterRule');
      const parts = { roster: harness.roster, signer: harness.site(id).signer, rule: 'full' as const };
      expect(() => agreeOnSurvivors(harness.site(id).state, harness.setOf(id, scene.sum), request, parts)).toThrow(
        'fullScopeNeedsNoAgreement',
      );
    }
  });

  it('fewer survivors than the threshold are refused, however the coordinator counts', () => {
    const scene = maskedByAll({ roster: 'partial' });
    const few = scene.request.statements.slice(0, thresholdOf(6) - 1);
    const request = { ...scene.request, statements: few, dropped: scene.harness.ids.slice(few.length) };
    expect(() => scene.harness.agree(victimOf(scene.harness), request)).toThrow('tooFewSurvivors');
    expect(() => scene.harness.unmask(victimOf(scene.harness), request)).toThrow('tooFewSurvivors');
  });
});

describe('a sum that nobody unmasks', () => {
  it('is noise: the frames do not add up to the total', () => {
    const { sum, frames, vectors } = maskedByAll();
    expect(plainTotal(sum, frames)).not.toEqual(plainTotal(sum, vectors));
  });

  it('and is the total less what was revealed, for anyone who adds up', () => {
    const { harness, sum, frames, vectors, state, request } = maskedByAll();
    const replies = harness.ids.map((id) => harness.unmask(id, request));
    const masks = remainingMasks(harness.collected, { ...state, replies }, openSecrets(harness.collected, { ...state, replies }));
    const total = plainTotal(sum, frames);
    subtractFixedPoint(total, bytesToWords(new Uint8Array(masks.buffer), wordsOf(sum), sum.length, 'x', 'x'), wordsOf(sum));
    expect(total).toEqual(plainTotal(sum, vectors));
  });
});

/** Rank over the rationals by fraction-free elimination. */
function rank(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map((row) => row.map(BigInt));
  let found = 0;
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    const pivot = rows.findIndex((row, i) => i >= found && row[column] !== 0n);
    if (pivot < 0) continue;
    [rows[found], rows[pivot]] = [rows[pivot] as bigint[], rows[found] as bigint[]];
    const lead = rows[found] as bigint[];
    for (let i = found + 1; i < rows.length; i++) {
      const row = rows[i] as bigint[];
      const factor = row[column] as bigint;
      rows[i] = row.map((value, j) => value * (lead[column] as bigint) - (lead[j] as bigint) * factor);
    }
    found++;
  }
  return found;
}
