import type { Json } from '@cohortium/kernel';

/** A figure with its counts, as the gate finds it in a summary. */
interface CellFigure {
  /** Its key (or position) in the object it stands in. */
  readonly name: string;
  /** Counts of disjoint groups of this site's participants. */
  readonly cells: readonly number[];
  /** Their sum: the size of the group that the figure describes. */
  readonly size: number;
}

/** What replaces a figure; the reason is the same for every rule below, so that it does not tell which cell was small. */
const withheldFigure: Json = Object.freeze({ state: 'withheld', reason: 'smallCell' });

/**
 * Prepares a site summary for leaving: figures made from counts below `minCell` (0 included) are withheld, so are figures
 * of the same object from which such a count could be worked out, and every `cells` is removed.
 *
 * The receiver is taken to know `participantCount` (eligibility shows it) and, from a figure that is shown, all of its cells: an
 * interval gives them away. Within one object (or array):
 * 1. a figure with a small cell is withheld;
 * 2. a figure that leaves out between 1 and `minCell - 1` participants is withheld, for they are found by subtraction;
 * 3. if a figure describes a group that is itself smaller than `minCell` (no positives, two positives), the object shows no figure
 *    with cells: any other may be the complement of that group;
 * 4. if anything was withheld, divisions of the whole cohort stay only if there is one (AUC and calibration, by class), and
 *    figures of a part of it only if at most one divides each group of that division (sensitivity, specificity). Margins that
 *    cross (predictive values beside specificity) would solve for the missing cell.
 *
 * Which groups overlap cannot be seen from counts alone: rules 3 and 4 withhold more than a reader who knows the table would, and
 * where groups that cross happen to be of equal size they may pass for one. A query with such figures lists in the `cells` of each
 * every count that the others could give away, and keeps figures of one table in one object: objects are looked at one by one. A
 * figure without `cells` is not looked at.
 * @param minCell smallest count that may be shown; 0 shows everything
 * @param participantCount eligible participants of the site; its rows where participants have several and cells count rows
 * @throws TypeError for cells that are not counts; the gate then withholds the whole summary
 */
export function suppressSmallCells(value: Json, minCell: number, participantCount: number): Json {
  // The summary may be a figure itself, so it is looked at as the only member of an object.
  return (suppressMembers([value], minCell, participantCount) as readonly Json[])[0] as Json;
}

function suppressMembers(value: Json, minCell: number, participantCount: number): Json {
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  const withheld = withheldNames(
    entries.flatMap(([name, item]) => figureOf(name, item)),
    minCell,
    participantCount,
  );
  const kept = entries
    .filter(([name]) => name !== 'cells')
    .map(([name, item]): [string, Json] => [name, withheld.has(name) ? withheldFigure : suppressMembers(item, minCell, participantCount)]);
  return Array.isArray(value) ? kept.map(([, item]) => item) : Object.fromEntries(kept);
}

function figureOf(name: string, item: Json): CellFigure[] {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return [];
  const figure = item as Readonly<Record<string, Json>>;
  if (figure['state'] !== 'ok' || !Object.hasOwn(figure, 'cells') || figure['cells'] === undefined) return [];
  const cells: unknown = figure['cells'];
  if (!Array.isArray(cells) || cells.length === 0 || !cells.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new TypeError('cells of a figure are not counts');
  }
  const counts = cells as readonly number[];
  return [{ name, cells: counts, size: sum(counts) }];
}

function withheldNames(figures: readonly CellFigure[], minCell: number, participantCount: number): ReadonlySet<string> {
  const withheld = new Set<string>();
  for (const figure of figures) {
    const rest = participantCount - figure.size;
    // More members than participants: the cells overlap, so nothing can be said about what they give away.
    if (figure.cells.some((count) => count < minCell) || rest < 0 || (rest > 0 && rest < minCell)) withheld.add(figure.name);
  }
  if (withheld.size === 0) return withheld;
  for (const figure of figures.some(({ size }) => size < minCell) ? figures : entangled(figures, withheld, participantCount))
    withheld.add(figure.name);
  return withheld;
}

/**
 * Figures that may solve for a withheld one. Decided from all figures, withheld or not, so that what stays tells as little as possible
 * about the counts that do not.
 */
function entangled(figures: readonly CellFigure[], withheld: ReadonlySet<string>, participantCount: number): CellFigure[] {
  const parts = figures.filter((figure) => figure.size < participantCount);
  const divisions = figures.filter((figure) => figure.size === participantCount && figure.cells.length > 1);
  const alike = new Set(divisions.map((figure) => JSON.stringify(figure.cells))).size <= 1;
  // Divisions that differ cross, or one is the complement of an empty group and only looks like a division.
  if (!alike) return [...parts, ...divisions];
  if (divisions.some((figure) => withheld.has(figure.name))) return parts;
  const groups = divisions[0]?.cells ?? (sum(parts.map(({ size }) => size)) === participantCount ? parts.map(({ size }) => size) : []);
  const count = (sizes: readonly number[], size: number) => sizes.filter((other) => other === size).length;
  const partSizes = parts.map(({ size }) => size);
  const nested = partSizes.every((size) => count(partSizes, size) <= count(groups, size));
  return nested ? [] : parts;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
