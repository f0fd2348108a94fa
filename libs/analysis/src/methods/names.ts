import { sha256 } from '@cohortium/kernel';

/** Codes that the sites of a table get, by the name in their cells. */
export type SiteCodes = ReadonlyMap<string, string>;

/**
 * Site names of foreign tables as codes: what a code may not hold becomes an underscore. Names that would share a code (two names in Chinese
 * of the same length) are told apart by the first digits of their hash.
 */
export function siteCodes(names: readonly string[]): SiteCodes {
  const distinct = [...new Set(names)];
  const uses = new Map<string, number>();
  for (const name of distinct) uses.set(plainCode(name), (uses.get(plainCode(name)) ?? 0) + 1);
  return new Map(distinct.map((name) => [name, (uses.get(plainCode(name)) as number) > 1 ? hashedCode(name) : plainCode(name)]));
}

/** Position of the site that a parameter names, by its code or by the name in the table; -1 where there is none. */
export function siteAt(sites: readonly string[], name: string): number {
  const forms = [name, hashedCode(name), plainCode(name)];
  return forms.reduce((found, form) => (found >= 0 ? found : sites.indexOf(form)), -1);
}

function plainCode(name: string): string {
  return name
    .trim()
    .replace(/[^A-Za-z0-9_-]/g, '_')
    .slice(0, 32);
}

function hashedCode(name: string): string {
  return `${plainCode(name).slice(0, 25)}_${sha256(name.trim()).slice(0, 6)}`;
}

/** A level of a category as results name it: a whole number without the point that a program wrote behind it (`2.0` is `2`, as in R). */
export function levelName(cell: string): string {
  const text = cell.trim();
  return /^[+-]?\d+\.0*$/.test(text) ? text.slice(0, text.indexOf('.')) : text;
}

/** Position of the level that a parameter names; -1 where there is none. */
export function levelAt(levels: readonly string[], value: string | number | undefined): number {
  return levels.indexOf(levelName(String(value)));
}
