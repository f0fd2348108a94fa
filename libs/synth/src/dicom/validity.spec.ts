import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { participantFiles } from '../images/participant-files.js';
import { planImageCohort } from '../images/plan.js';

/** One object of every kind of series and the segmentation, as the first scanners of the list, one of each vendor, write them. */
function objects(form: 'classic' | 'enhanced', siteCount: number): readonly { readonly kind: string; readonly bytes: Uint8Array }[] {
  const sites = Array.from({ length: siteCount }, (_, at) => ({ id: `S${at}`, participants: 1 }));
  const plan = planImageCohort({ seed: 3, sites, size: [16, 16, 4], form });
  return plan.sites.flatMap(({ index, id }) =>
    [...participantFiles(plan, index, 0)].flatMap(({ path, bytes }) => {
      const [, kind] = /\/(\d+-[a-z0-9-]+)\/1\.dcm$/.exec(path) ?? [];
      return kind === undefined ? [] : [{ kind: `${id} ${form} ${kind}`, bytes }];
    }),
  );
}

describe('objects of a synthetic cohort', () => {
  it('have no error by dciodvfy, whatever the vendor, the series and the form', (context) => {
    if (spawnSync('dciodvfy', []).error) context.skip('dciodvfy of dicom3tools is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-validity-'));
    try {
      const list = [...objects('classic', 4), ...objects('enhanced', 4)];
      expect(list.length).toBeGreaterThan(35);
      const complaints = list.flatMap(({ kind, bytes }, at) => {
        const file = join(folder, `${at}.dcm`);
        writeFileSync(file, bytes);
        const { stderr } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
        // It names the object that it has recognized; without that nothing was checked.
        expect(stderr).toMatch(/^(MRImage|EnhancedMRImage|Segmentation)$/m);
        return stderr
          .split('\n')
          .filter((line) => line.startsWith('Error'))
          .map((line) => `${kind}: ${line}`);
      });
      expect(complaints).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
