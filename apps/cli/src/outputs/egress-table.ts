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

/** Messages of one kind from one site. */
export interface EgressCount {
  readonly site: string;
  readonly message: string;
  readonly count: number;
  readonly bytes: number;
}

/** Counts messages by site and kind, in order of site and kind. */
export function countEgress(entries: readonly EgressEntry[]): EgressCount[] {
  const counts = new Map<string, EgressCount>();
  for (const { site, message, count, bytes } of entries) {
    const key = `${site} ${message}`;
    const so = counts.get(key) ?? { site, message, count: 0, bytes: 0 };
    counts.set(key, { ...so, count: so.count + count, bytes: so.bytes + bytes });
  }
  const sortKey = (c: EgressCount) => `${c.site} ${c.message}`;
  return [...counts.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** Totals by site, in order of site. */
export function egressTotals(counts: readonly EgressCount[]): { site: string; messages: number; bytes: number }[] {
  return [...new Set(counts.map((c) => c.site))].map((site) => {
    const own = counts.filter((c) => c.site === site);
    return { site, messages: own.reduce((n, c) => n + c.count, 0), bytes: own.reduce((n, c) => n + c.bytes, 0) };
  });
}

/** The table "what left each site". */
export function egressTable(counts: readonly EgressCount[], t: Translate): string {
  const header = [t('leftSite'), t('leftMessage'), t('leftCount'), t('leftBytes')];
  const rows = egressTotals(counts).flatMap(({ site, messages, bytes }) => [
    ...counts.filter((c) => c.site === site).map((c) => [site, c.message, String(c.count), String(c.bytes)]),
    [site, t('leftTotal'), String(messages), String(bytes)],
  ]);
  return `${t('leftTitle')}\n${table(header, rows, [2, 3])}`;
}
