import type { Federation, Figure, RosterScope } from '@cohortium/federation';
import { characteristicSumsQuery } from './query.js';
import type { CharacteristicColumn, CharacteristicTotal, CharacteristicValue } from './query.js';

/** The characteristics of all participants of a scope, in two sums. Counts below `minCell` are withheld with the share they belong to. */
export async function fitCharacteristics(
  federation: Federation,
  characteristics: readonly CharacteristicColumn[],
  scope: RosterScope,
  minCell: number,
): Promise<CharacteristicValue[]> {
  const asked = characteristics.map((characteristic) => ({ ...characteristic }));
  const { value: first } = await federation.sum(characteristicSumsQuery, { characteristics: asked, centers: asked.map(() => 0) }, scope);
  const centers = first.map(({ observed, first: sum }) => (observed > 0 ? sum / observed : 0));
  const { value: second } = await federation.sum(characteristicSumsQuery, { characteristics: asked, centers }, scope);
  return second.map((total, k) => describeTotal(total, centers[k] as number, minCell));
}

function describeTotal({ observed: n, first, second, counts }: CharacteristicTotal, center: number, minCell: number): CharacteristicValue {
  const shown = (value: number, least: number): Figure =>
    least < minCell ? { state: 'withheld', reason: 'smallCell' } : { state: 'ok', value };
  const observed = shown(n, n);
  if (counts.length > 0) {
    const least = Math.min(...counts.map((count) => Math.min(count, n - count)));
    // One share that is withheld is found from the others, so all of them are shown or none.
    return { observed, shares: counts.map((count) => shown(n === 0 ? 0 : count / n, least)) } as CharacteristicValue;
  }
  const variance = n > 1 ? (second - (first * first) / n) / (n - 1) : 0;
  return {
    observed,
    mean: shown(n > 0 ? center + first / n : 0, n),
    sd: shown(Math.sqrt(Math.max(0, variance)), n > 1 ? n : 0),
  } as CharacteristicValue;
}
