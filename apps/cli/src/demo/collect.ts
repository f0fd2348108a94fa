import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EgressEntry } from '../outputs/egress-table.js';
import { readText } from '../outputs/files.js';
import type { SitePredictions } from '../outputs/result-files.js';
import type { SiteFolder } from './site-folders.js';

/** What left the sites, by their own account. */
export interface Transcript {
  /** Every site's lines, one after the other, with the site's code in front. */
  readonly jsonl: string;
  readonly entries: readonly EgressEntry[];
  /** Legs of secure aggregation that a site replied to, beside its answers; of the site with most. */
  readonly legs: number;
}

/** Reads every site's record of the messages that left it. @throws `CLI.CANNOT_READ` */
export function collectTranscript(sites: readonly SiteFolder[]): Transcript {
  const lines: string[] = [];
  const entries: EgressEntry[] = [];
  let legs = 0;
  for (const { site, dataDir } of sites) {
    const path = join(dataDir, 'egress.jsonl');
    if (!existsSync(path)) continue;
    const replies = new Set<string>();
    for (const text of readText(path).split('\n').filter(Boolean)) {
      const line = JSON.parse(text) as { type: string; operation: string | null; bytes: number; count: number; sha256: string | null };
      // Sent again, a reply is the same bytes.
      if (line.type === 'maskingReply') replies.add(line.sha256 ?? '');
      lines.push(JSON.stringify({ site, ...line }));
      entries.push({ site, message: line.operation ?? line.type, count: line.count, bytes: line.bytes });
    }
    legs = Math.max(legs, replies.size);
  }
  return { jsonl: lines.map((line) => `${line}\n`).join(''), entries, legs };
}

/** Tables of predictions that sites have made; they name participants. @throws `CLI.CANNOT_READ` */
export function collectPredictions(sites: readonly SiteFolder[]): SitePredictions[] {
  return sites.flatMap(({ site, dataDir }) =>
    readdirSync(dataDir).flatMap((file) => {
      const name = /^predictions-(.+)\.csv$/.exec(file)?.[1];
      return name === undefined ? [] : [{ site, name, csv: readText(join(dataDir, file)) }];
    }),
  );
}
