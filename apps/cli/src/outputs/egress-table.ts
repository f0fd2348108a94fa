import type { Translate } from '../messages.js';
import { table } from '../terminal.js';

/** What left a site: one message, or several small ones of a kind. */
export interface EgressEntry {
  readonly site: string;
  /** Operation for a sum or summary, else the kind of message. */
  readonly message: string;
  /** Messages that this entry stands for. */
  readonly count: number;
  readonly bytes: number;
}

/** Adds entries up by site and kind of message, in order of site and kind. */
export function countEgress(entries: readonly EgressEntry[]): EgressEntry[] {
  const counts = new Map<string, EgressEntry>();
  for (const { site, message, count, bytes } of entries) {
    const key = `${site} ${message}`;
    const so = counts.get(key) ?? { site, message, count: 0, bytes: 0 };
    counts.set(key, { ...so, count: so.count + count, bytes: so.bytes + bytes });
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** Totals by site, in order of site. */
export function egressTotals(counts: readonly EgressEntry[]): { site: string; messages: number; bytes: number }[] {
  return [...new Set(counts.map(({ site }) => site))].map((site) => {
    const own = counts.filter((entry) => entry.site === site);
    return { site, messages: own.reduce((n, entry) => n + entry.count, 0), bytes: own.reduce((n, entry) => n + entry.bytes, 0) };
  });
}

/** The table "what left each site": one block for the sites that sent the same kinds of messages, with the numbers of each site. */
export function egressTable(counts: readonly EgressEntry[], t: Translate): string {
  const blocks = new Map<string, string[]>();
  for (const { site } of egressTotals(counts)) {
    const kinds = counts.filter((entry) => entry.site === site).map(({ message }) => message);
    const key = kinds.join(' ');
    blocks.set(key, [...(blocks.get(key) ?? []), site]);
  }
  return [t('leftTitle'), ...[...blocks.values()].map((sites) => block(sites, counts, t))].join('\n\n');
}

function block(sites: readonly string[], counts: readonly EgressEntry[], t: Translate): string {
  const own = counts.filter(({ site }) => sites.includes(site));
  const kinds = [...new Set(own.map(({ message }) => message))];
  const totals = egressTotals(own);
  const rows = kinds.map((kind) => {
    const entries = own.filter(({ message }) => message === kind);
    return [kind, range(entries.map(({ count }) => count)), range(entries.map(({ bytes }) => bytes))];
  });
  const all = [t('leftTotal'), range(totals.map(({ messages }) => messages)), range(totals.map(({ bytes }) => bytes))];
  const title = t('leftBlock', { count: sites.length, sites: sites.join(', ') });
  return `${title}\n${table([t('leftMessage'), t('leftCount'), t('leftBytes')], [...rows, all], [1, 2])}`;
}

/** One number when all are equal, else smallest and largest. */
function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} - ${most}`;
}
