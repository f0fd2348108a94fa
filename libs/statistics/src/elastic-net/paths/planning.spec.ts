import { describe, expect, it } from 'vitest';
import { Iterate } from './iterate.js';
import { planCurvature, planRound } from './planning.js';
import type { PlanLimits, RoundPlan } from './planning.js';
import type { FoldContext } from './problem.js';

const coefficients = 40;
const limits: PlanLimits = { elements: 20_000, coefficients, tolerance: 1e-7, groups: null, curvedVectors: 0 };
const fine: RoundPlan = { sets: new Map(), curvatures: [], isWhole: true, isFine: true };

const fold = (leftOut: number): FoldContext => ({
  leftOut,
  share: 0.9,
  l1: Float64Array.from({ length: coefficients }, (_, j) => (j === 0 ? 0 : 1)),
  l2: new Float64Array(coefficients),
  factor: new Float64Array(coefficients).fill(1),
});

/** A problem whose anchor knows the first five coefficients, `moving` of which wants to move. */
function iterate(leftOut: number, lambda: number, violation: number, moving = 7): Iterate {
  const set = Float64Array.of(0, 1, 2, 3, 4);
  const slope = new Float64Array(coefficients);
  slope[moving] = 2 * lambda;
  const start = { point: Float64Array.from({ length: coefficients }, (_, j) => (j < 3 ? 0.1 : 0)), loss: 1, slope };
  const it = new Iterate({ fold: fold(leftOut), lambda }, start, { set, curvature: new Float64Array(25) }, null);
  it.violation = violation;
  it.ratio = 0.9;
  return it;
}

const folds = [0, 1, 2];
const running = folds.flatMap((leftOut) => [0.3, 0.2, 0.1].map((lambda, k) => iterate(leftOut, lambda, 1e-3 / (1 + k + leftOut))));

describe('plans of a round', () => {
  it('do not let folds share second derivatives once they have their own', () => {
    const { curvatures, sets, isWhole, isFine } = planRound(running, limits, fine);
    expect([isWhole, isFine, [...sets.values()].every((set) => set === null)]).toEqual([true, true, true]);
    expect(curvatures.length).toBeGreaterThanOrEqual(folds.length);
    for (const { members } of curvatures) expect(new Set(members.map(({ problem }) => problem.fold.leftOut)).size).toBe(1);
  });

  it('ask then only for problems that got stuck, the worst of them where there is room for few', () => {
    running.forEach((it) => (it.ratio = 0.1));
    expect(planRound(running, limits, fine).curvatures).toEqual([]);
    running.forEach((it) => (it.ratio = 0.9));
    // Slopes of nine models take 378 elements; a group of four coefficients takes ten.
    const { curvatures } = planRound(running, { ...limits, elements: 390 }, fine);
    const members = curvatures.flatMap((group) => group.members);
    expect(members.length).toBeGreaterThan(0);
    expect(members.length).toBeLessThan(running.length);
    expect(members).toContain(running[0]);
    expect(planRound(running, { ...limits, elements: 380 }, fine).curvatures).toEqual([]);
  });

  it('put a coefficient that wants to move into the set, where the slopes are known', () => {
    const groups = planCurvature(running, { ...limits, curvedVectors: 4 });
    expect(groups.flatMap(({ members }) => members)).toHaveLength(running.length);
    for (const { set } of groups) expect([...set]).toEqual([0, 1, 2, 7]);
  });
});
