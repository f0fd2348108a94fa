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
  'a hospital whose features were made by another program refuses the protocol and says why; the others hold their records to it and approve',
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
    expect(ended.code, ended.stderr).not.toBe(0);
    const decisions = ended.stderr.split('\n').filter((line) => /approved the protocol|refused the protocol/.test(line));
    expect(decisions.map((line) => /(S\d).*?(approved|refused)/.exec(line)?.slice(1, 3).join(' ')).sort()).toEqual([
      'S1 approved',
      'S2 refused',
      'S3 approved',
      'S4 approved',
      'S5 approved',
    ]);
    expect(decisions.find((line) => line.includes('S2'))).toContain('extractorDiffers');
  },
  wholeRunMs,
);
