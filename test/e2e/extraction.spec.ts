import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitCohortBySite } from '@cohortium/analysis';
import { canonicalJson, sha256 } from '@cohortium/kernel';
import { wholeRunMs } from '@cohortium/testkit';
import { afterAll, expect, it } from 'vitest';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { CommandLine } from './command-line.js';

const files = smallStudyFiles({ study: 'bound-extraction', trainingCount: 4, leaveOneSiteOut: false });
const cli = new CommandLine();
afterAll(() => cli.remove());

it(
  'a hospital whose features were made by another program refuses the protocol and says why; no other does',
  async () => {
    const [extractorSha256, settingsSha256] = [sha256('program'), sha256('settings')];
    const folder = cli.cohort('bound', files);
    for (const [site, { features }] of splitCohortBySite(files)) {
      const own = site === 'S2' ? sha256('another program') : extractorSha256;
      const ibsi = { schemaVersion: 1, extractorSha256: own, rows: 487, failed: 0, reportSha256: sha256('rows') };
      const record = { schemaVersion: 1, extractorSha256: own, settingsSha256, featuresSha256: sha256(features), ibsi };
      mkdirSync(join(folder, 'sites', site), { recursive: true });
      writeFileSync(join(folder, 'sites', site, 'extraction.json'), canonicalJson(record));
    }
    const protocol = { ...files.protocol, extraction: { extractorSha256, settingsSha256, ibsiRows: 487 } };
    const file = cli.path('bound.json', JSON.stringify(protocol));
    const common = ['--cohort', folder, '--protocol', file, '--external', files.external, '--out', cli.path('results/bound')];
    const ended = await cli.run(['demo', ...common, '--lang', 'en']);
    expect(ended.code, ended.stderr).toBe(3);
    const decisions = ended.stderr.split('\n').filter((line) => line.startsWith('Site ') && line.includes(' the protocol'));
    // The run ends with the first refusal; who had not decided by then is not told.
    const refused = decisions.filter((line) => line.includes('refused'));
    expect(refused).toEqual(['Site S2: refused the protocol (extractorDiffers).']);
    expect(ended.stderr).toContain('RUN.REFUSED');
  },
  wholeRunMs,
);
