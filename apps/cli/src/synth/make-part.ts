import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { participantFiles, planImageCohort } from '@cohortium/synth';
import type { CohortFile, ImageCohortOptions } from '@cohortium/synth';

/** What a thread makes: every `of`-th participant from the `part`-th on, into a folder. */
export interface Part {
  readonly options: ImageCohortOptions;
  readonly folder: string;
  readonly part: number;
  readonly of: number;
}

/** What was written for one participant. */
export interface MadeParticipant {
  readonly files: number;
  readonly bytes: number;
}

/** Writes a file of a cohort; folders in between are made. */
export function writeCohortFile(folder: string, { path, bytes }: CohortFile): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  writeFileSync(target, bytes, { flag: 'wx', mode: 0o600 });
}

/** Makes a thread's share of the participants, one after the other. @throws errors of the file system */
export function* makePart({ options, folder, part, of }: Part): Iterable<MadeParticipant> {
  const plan = planImageCohort(options);
  const all = plan.sites.flatMap(({ index, participants }) =>
    participants.map((participant) => ({ site: index, index: participant.index })),
  );
  for (let at = part; at < all.length; at += of) {
    const { site, index } = all[at] as (typeof all)[number];
    let [files, bytes] = [0, 0];
    for (const file of participantFiles(plan, site, index)) {
      writeCohortFile(folder, file);
      files++;
      bytes += file.bytes.length;
    }
    yield { files, bytes };
  }
}
