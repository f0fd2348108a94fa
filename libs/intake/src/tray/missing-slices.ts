import type { TrayEntry } from './tray-entry.js';

/** Why slices are believed to be missing. */
export interface MissingSlices {
  readonly by: 'expected' | 'instanceNumber' | 'position' | 'count';
  /** How many are missing, as far as it can be told. */
  readonly count: number;
}

/**
 * Looks for slices that did not come: fewer than the archive said; holes among the instance numbers; a gap between positions of half a
 * slice distance or more beyond the usual; a position with fewer images than the others (a phase or b-value cut short).
 * @param expected number of images that the archive stated; undefined where nobody asked
 */
export function missingSlices(series: readonly TrayEntry[], expected?: number): MissingSlices | undefined {
  if (expected !== undefined && series.length < expected) return { by: 'expected', count: expected - series.length };
  const holes = numberHoles(series);
  if (holes > 0) return { by: 'instanceNumber', count: holes };
  for (const stack of grouped(
    series.filter(({ slicePositionMm }) => slicePositionMm !== null),
    ({ orientation }) => orientation,
  )) {
    const positions = countedPositions(stack);
    const gap = positionGap(positions.map(({ mm }) => mm));
    if (gap > 0) return { by: 'position', count: gap };
    const most = Math.max(...positions.map(({ count }) => count));
    const short = positions.reduce((sum, { count }) => sum + most - count, 0);
    // Calibration images and averages beside a stack are no cut phase: there most positions are short.
    if (short > 0 && positions.filter(({ count }) => count < most).length * 2 < positions.length) return { by: 'count', count: short };
  }
  return undefined;
}

/** Unused numbers between the first and the last; none where numbers go in steps. */
function numberHoles(series: readonly TrayEntry[]): number {
  const numbers = [...new Set(series.flatMap(({ instanceNumber }) => instanceNumber ?? []))].sort((a, b) => a - b);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const holes = last - first + 1 - numbers.length;
  return holes > 0 && holes < numbers.length ? holes : 0;
}

function countedPositions(stack: readonly TrayEntry[]): { mm: number; count: number }[] {
  const positions: { mm: number; count: number }[] = [];
  for (const mm of stack.map(({ slicePositionMm }) => slicePositionMm as number).sort((a, b) => a - b)) {
    const last = positions.at(-1);
    if (last !== undefined && mm - last.mm < 0.01) last.count++;
    else positions.push({ mm, count: 1 });
  }
  return positions;
}

function positionGap(sorted: readonly number[]): number {
  const gaps = sorted.slice(1).map((mm, at) => mm - (sorted[at] as number));
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)];
  if (gaps.length < 3 || usual === undefined) return 0;
  return gaps.reduce((sum, gap) => sum + (gap > 1.5 * usual ? Math.max(1, Math.round(gap / usual) - 1) : 0), 0);
}

/** Members by key, in the order in which keys first appear. */
export function grouped<T>(members: readonly T[], key: (member: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const member of members) {
    const group = groups.get(key(member));
    if (group === undefined) groups.set(key(member), [member]);
    else group.push(member);
  }
  return [...groups.values()];
}
