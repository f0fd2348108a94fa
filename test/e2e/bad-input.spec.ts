import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Results } from '@cohortium/analysis';
import { AppError, canonicalJson } from '@cohortium/kernel';
import type { Language, MessageParams } from '@cohortium/kernel';
import { startTestPostgres, wholeRunMs } from '@cohortium/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliErrors } from '../../apps/cli/src/errors.js';
import { rebuildError } from '../../apps/cli/src/known-errors.js';
import { smallStudyFiles } from '../fixtures/small-study.js';
import { CommandLine } from './command-line.js';
import type { CommandOptions, Ended } from './command-line.js';
import { TinyDisk } from './tiny-disk.js';

const files = smallStudyFiles({ study: 'bad-input', trainingCount: 4, leaveOneSiteOut: false });
const { external } = files;
const participants = files.features
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((row) => row.split(',')[0] as string);

const cli = new CommandLine();
const protocol = cli.path('protocol.json', JSON.stringify(files.protocol));
const cohort = cli.cohort('cohort', files);
let given = 0;
let turn = 0;
afterAll(() => cli.remove());
afterEach(() => {
  // Whatever the input was: nothing runs on, and nothing half-written lies about.
  expect(cli.processes()).toEqual([]);
  expect(cli.leftInTemporary()).toEqual([]);
  expect(existsSync(cli.path('results')) ? readdirSync(cli.path('results')).filter((name) => name.includes('.partial')) : []).toEqual([]);
});

interface Tables {
  readonly features: string;
  readonly clinical: string;
}
/** Changes rows of a table; row 0 names the columns. */
type RowChange = (cells: string[], row: number, columns: readonly string[]) => string[] | undefined;

function changed(csv: string, change: RowChange): string {
  const rows = csv
    .trimEnd()
    .split('\n')
    .map((row) => row.split(','));
  const kept = rows.flatMap((cells, row) => {
    const now = change([...cells], row, rows[0] as string[]);
    return now === undefined ? [] : [now.join(',')];
  });
  return `${kept.join('\n')}\n`;
}

/** Puts a text into one column of one row. */
const setCell = (csv: string, atRow: number, column: string, text: string) =>
  changed(csv, (cells, row, columns) => (row === atRow ? cells.with(columns.indexOf(column), text) : cells));
const features = (change: (csv: string) => string): Tables => ({ features: change(files.features), clinical: files.clinical });
const clinical = (change: (csv: string) => string): Tables => ({ features: files.features, clinical: change(files.clinical) });
const firstFeature = files.features.split(',')[2] as string;

/** A command that was run in one language. */
type Told = readonly [language: Language, ended: Ended];
type DemoInput = Partial<{ tables: Tables; protocol: string; more: string[]; options: CommandOptions }>;

/** The demo on some tables and a protocol, in some languages. */
function demoIn(languages: readonly Language[], input: DemoInput): Promise<Told[]> {
  const folder = input.tables === undefined ? cohort : cli.cohort(`cohort-${++given}`, input.tables);
  const args = ['demo', '--cohort', folder, '--protocol', input.protocol ?? protocol, '--external', external, '--json'];
  return Promise.all(
    languages.map(async (language) => {
      const out = ['--out', cli.path(`results/${language}`), '--lang', language, ...(input.more ?? [])];
      return [language, await cli.run([...args, ...out], input.options)] as const;
    }),
  );
}

/** The demo in one language; they take turns. All words come from one catalog. */
const demoInTurn = (input: DemoInput) => demoIn([++turn % 2 === 0 ? 'en' : 'zh'], input);
const demoInBoth = (input: DemoInput) => demoIn(['en', 'zh'], input);

/** A refusal: exit code, code, words, next step; no participant, no output. @returns the parameters of the error */
function expectRefusal(told: readonly Told[], code: string, exit: number): MessageParams {
  const refusals = told.map(([language, ended]) => {
    const { error } = JSON.parse(ended.stdout) as { readonly error: { readonly code: string; readonly params: MessageParams } };
    expect(error.code, ended.stderr).toBe(code);
    expect(ended.code).toBe(exit);
    expectWords(ended, language);
    return error;
  });
  expect(existsSync(cli.path('results/en')) || existsSync(cli.path('results/zh'))).toBe(false);
  return refusals[0]?.params ?? {};
}

/** What stands on stderr is the error's own text in that language: what happened, what to do, where to read on. */
function expectWords({ stdout, stderr }: Ended, language: Language): void {
  const { error } = JSON.parse(stdout) as { readonly error: { readonly code: string; readonly params: MessageParams } };
  const own = Object.entries(cliErrors.entries).find(([code]) => code === error.code)?.[1];
  const known = rebuildError(error.code, error.params) ?? (own && new AppError(error.code, own, error.params));
  expect(known, error.code).toBeDefined();
  expect(stderr.trimEnd().split('\n').slice(-3).join('\n')).toBe(known?.render(language));
  expect(stderr).toContain(language === 'en' ? '\nWhat to do: ' : '\n处理办法: ');
  for (const participant of participants) expect(`${stdout}${stderr}`.includes(participant), participant).toBe(false);
}

describe('tables that cannot be used', () => {
  it.each<[string, Tables, string, number, MessageParams]>([
    ['a quote that never ends', features((csv) => `${csv}"P-S1-`), 'COHORT.MALFORMED_CSV', 2, { file: 'features.csv' }],
    [
      'a row that is too short',
      features((csv) => changed(csv, (cells, row) => (row === 5 ? cells.slice(0, -2) : cells))),
      'COHORT.MALFORMED_CSV',
      2,
      { line: 6 },
    ],
    [
      'a word where a number belongs',
      features((csv) => setCell(csv, 3, firstFeature, 'SECRET')),
      'COHORT.NOT_A_NUMBER',
      2,
      { column: firstFeature, line: 4 },
    ],
    [
      'a number that is none',
      clinical((csv) => setCell(csv, 8, 'age_years', 'Infinity')),
      'COHORT.NOT_A_NUMBER',
      2,
      { column: 'age_years', line: 9 },
    ],
    [
      'a participant twice',
      features((csv) => `${csv}${csv.split('\n')[4]}\n`),
      'COHORT.DUPLICATE_PARTICIPANT',
      2,
      { first: 5, second: 302 },
    ],
    ['two sites for one participant', clinical((csv) => setCell(csv, 2, 'site', 'S2')), 'COHORT.SITE_MISMATCH', 2, { line: 3 }],
    ['an outcome that the protocol does not know', clinical((csv) => setCell(csv, 7, 'her2', '3')), 'COHORT.BAD_ENDPOINT', 2, { line: 8 }],
    [
      'two columns of one name',
      features((csv) => csv.replace(',morph_volume,morph_surface_area,', ',morph_volume,morph_volume,')),
      'COHORT.DUPLICATE_COLUMN',
      2,
      { first: 3, second: 4 },
    ],
    [
      'a table that begins with a participant',
      clinical((csv) => csv.split('\n').slice(1).join('\n')),
      'COHORT.DUPLICATE_COLUMN',
      2,
      { first: 5, second: 6 },
    ],
    [
      'a table without its participants',
      clinical((csv) => csv.replace('patient_id', 'id')),
      'COHORT.NO_COLUMN',
      2,
      { column: 'patient_id' },
    ],
    ['a table without a row', features((csv) => `${csv.split('\n')[0]}\n`), 'COHORT.EMPTY', 7, { file: 'features.csv' }],
    [
      'a column that the protocol names and the table lacks',
      features((csv) => csv.replace(`${firstFeature},`, 'other,')),
      'PROTOCOL.UNKNOWN_COLUMN',
      2,
      { column: firstFeature },
    ],
  ])('%s', async (_, tables, code, exit, params) => {
    const told = await demoInTurn({ tables });
    expect(expectRefusal(told, code, exit)).toMatchObject(params);
    expect(told[0]?.[1].stderr).not.toContain('SECRET');
  });
});

describe('a protocol or an option that cannot be used', () => {
  const withProtocol = (change: object) => cli.path(`protocol-${++given}.json`, JSON.stringify({ ...files.protocol, ...change }));

  it('a key that no protocol has', async () => {
    expect(expectRefusal(await demoInTurn({ protocol: withProtocol({ endpoints: {} }) }), 'PROTOCOL.BAD_SCHEMA', 2)).toBeDefined();
    const deep = { ...files.protocol.validation, bootstrap: 1000 };
    expect(expectRefusal(await demoInTurn({ protocol: withProtocol({ validation: deep }) }), 'PROTOCOL.BAD_SCHEMA', 2)).toMatchObject({
      path: expect.stringContaining('validation') as string,
    });
  });

  it('a file that is no YAML, and one that is not there', async () => {
    expectRefusal(await demoInTurn({ protocol: cli.path('broken.yaml', 'study: [a\nversion: }') }), 'PROTOCOL.NOT_YAML', 2);
    expectRefusal(await demoInTurn({ protocol: cli.path('absent.yaml') }), 'CLI.CANNOT_READ', 2);
  });

  it('a clinical column that the cohort does not have', async () => {
    const endpoint = { ...files.protocol.endpoint, column: 'her3' };
    expect(expectRefusal(await demoInTurn({ protocol: withProtocol({ endpoint }) }), 'PROTOCOL.UNKNOWN_COLUMN', 2)).toMatchObject({
      column: 'her3',
    });
  });

  it('a feature dictionary that the protocol selects by and the folder lacks', async () => {
    const dictionary = withProtocol({
      features: { dictionary: 'feature_dictionary.csv', where: { lossy: false } },
      featureList: undefined,
    });
    const { path } = expectRefusal(await demoInTurn({ protocol: dictionary }), 'CLI.CANNOT_READ', 2);
    expect(path).toContain('feature_dictionary.csv');
  });

  it('an external site that the cohort does not have', async () => {
    expect(expectRefusal(await demoInTurn({ more: ['--external', 'H99'] }), 'PROTOCOL.UNKNOWN_SITE', 2)).toMatchObject({ site: 'H99' });
  });

  it('an option that does not exist', async () => {
    expectRefusal(await demoInTurn({ more: ['--pooled'] }), 'CLI.USAGE', 2);
  });
});

describe('a machine that is not ready', () => {
  it('a port that is taken: of the coordinator, the broker or the database', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { port: number };
      for (const first of [port, port - 1, port - 2]) {
        const languages: Language[] = first === port ? ['en', 'zh'] : ['zh'];
        const told = await demoIn(languages, { more: ['--port', String(Math.min(first, 65_533))] });
        const params = expectRefusal(told, 'CLI.PORT_TAKEN', 2);
        if (first === port) expect(params).toEqual({ port: String(port) });
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('a broker that is not there, or is something else', async () => {
    for (const NATS_SERVER_BIN of [cli.path('absent'), '/bin/true'])
      expectRefusal(await demoInBoth({ options: { env: { NATS_SERVER_BIN } } }), 'CLI.BROKER_ABSENT', 5);
  });

  it(
    'a database server that lets nobody in',
    async () => {
      const server = await startTestPostgres();
      try {
        const url = new URL(server.adminUrl);
        url.password = 'secret-word';
        const both = await demoInBoth({ options: { env: { DATABASE_URL: url.href } } });
        expectRefusal(both, 'CLI.DATABASE_FAILED', 5);
        expect(both.map(([, { stdout, stderr }]) => `${stdout}${stderr}`).join('')).not.toContain('secret-word');
      } finally {
        await server.stop();
      }
    },
    wholeRunMs,
  );

  it('a folder of somebody else where the results should go', async () => {
    const thesis = cli.path('theirs/thesis.docx', 'x');
    expectRefusal(await demoInBoth({ more: ['--out', join(thesis, '..')] }), 'CLI.OUT_NOT_OURS', 2);
    expect(readdirSync(cli.path('theirs'))).toEqual(['thesis.docx']);
  });
});

describe('a full disk', () => {
  let disk: TinyDisk;
  beforeAll(() => void (disk = TinyDisk.mount(cli.path('tiny'), 24)));
  afterAll(() => disk.unmount());
  const simulate = (language: Language) =>
    cli.run(
      ['simulate', protocol, '--cohort', cohort, '--external', external, '--json', '--lang', language, '--out', join(disk.path, 'out')],
      disk.limit,
    );

  it('leaves no half of the results behind', async () => {
    const en = await simulate('en');
    expect(readdirSync(disk.path)).toEqual([]);
    const zh = await simulate('zh');
    expect(readdirSync(disk.path)).toEqual([]);
    const params = expectRefusal(
      [
        ['en', en],
        ['zh', zh],
      ],
      'CLI.DISK_FULL',
      1,
    );
    expect(params['path']).toEqual(expect.stringMatching(/tiny\/out\//));
  });

  it(
    'is named when the work of the demo has no room',
    async () => {
      const own = new CommandLine({ temporaryKib: 8192 });
      try {
        const run = (language: Language) => {
          const args = ['demo', '--cohort', cohort, '--protocol', protocol, '--external', external, '--json', '--lang', language];
          return own.run([...args, '--out', own.path(`results/${language}`)], own.limit);
        };
        const both = [
          ['en', await run('en')],
          ['zh', await run('zh')],
        ] as const;
        expectRefusal(both, 'CLI.DISK_FULL', 1);
        expect(own.processes()).toEqual([]);
        expect(own.leftInTemporary()).toEqual([]);
        expect(existsSync(own.path('results')) ? readdirSync(own.path('results')) : []).toEqual([]);
      } finally {
        await own.remove();
      }
    },
    wholeRunMs,
  );
});

describe('hospitals that cannot take part', () => {
  it(
    'are left out with their reason, and the study goes on without them',
    async () => {
      const six = smallStudyFiles({ study: 'bad-input', trainingCount: 5, leaveOneSiteOut: false });
      const tables = unfitOf(six, { few: 'S4', oneClass: 'S5' });
      const folder = cli.cohort('unfit', tables);
      const file = cli.path('six.json', JSON.stringify(six.protocol));
      const out = cli.path('results/unfit');
      const ended = await cli.run([
        'demo',
        '--cohort',
        folder,
        '--protocol',
        file,
        '--external',
        six.external,
        '--out',
        out,
        '--lang',
        'zh',
      ]);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(ended.stdout).toContain('S4（参与者过少）、S5（结局只有一类）');
      const { science } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
      expect(science.trainingSites).toEqual(['S1', 'S2', 'S3']);
      expect(science.eligibility.map(({ site, verdict }) => `${site} ${verdict}`)).toEqual([
        'S1 eligible',
        'S2 eligible',
        'S3 eligible',
        'S4 tooFew',
        'S5 oneClass',
        'S6 eligible',
      ]);
      // Three participants are fewer than the smallest count that may be shown.
      expect(science.eligibility[3]?.n).toMatchObject({ state: 'withheld' });
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('excluded: too few participants');
      const simulated = cli.path('results/unfit-simulated');
      expect((await cli.run(['simulate', file, '--cohort', folder, '--external', six.external, '--out', simulated])).code).toBe(0);
      expect(canonicalJson(science)).toBe(
        canonicalJson((JSON.parse(readFileSync(join(simulated, 'results.json'), 'utf8')) as Results).science),
      );
    },
    wholeRunMs,
  );

  it(
    'end the study with exit code 7 when too few are left',
    async () => {
      const own = new CommandLine();
      try {
        const folder = own.cohort('unfit', unfitOf(files, { few: 'S3', oneClass: 'S4' }));
        const common = ['--cohort', folder, '--external', external, '--json', '--out'];
        const simulated = own.run(['simulate', protocol, ...common, own.path('results/en')]);
        // With the words of a coordinator that is a process of its own; and its logs are kept when that is asked for.
        const demo = own.run(['demo', '--protocol', protocol, ...common, own.path('results/zh'), '--lang', 'zh', '--keep']);
        const params = expectRefusal(
          [
            ['en', await simulated],
            ['zh', await demo],
          ],
          'STUDY.TOO_FEW_SITES',
          7,
        );
        expect(params).toMatchObject({ eligible: 2, needed: 3, excluded: 'S3 (tooFew), S4 (oneClass)' });
        expect(existsSync(own.path('results')) ? readdirSync(own.path('results')) : []).toEqual([]);
        expect(own.processes()).toEqual([]);
        const [kept, ...others] = own.leftInTemporary();
        expect(others).toEqual([]);
        expect((await demo).stderr).toContain(join(own.temporary, kept as string));
        expect(readdirSync(join(own.temporary, kept as string, 'logs'))).toContain('coordinator.log');
      } finally {
        await own.remove();
      }
    },
    wholeRunMs,
  );
});

/** One site keeps three participants, another has negative outcomes only. */
function unfitOf(whole: Tables, { few, oneClass }: { readonly few: string; readonly oneClass: string }): Tables {
  let kept = 0;
  return {
    features: changed(whole.features, (cells) => (cells[1] === few && ++kept > 3 ? undefined : cells)),
    clinical: changed(whole.clinical, (cells, _, columns) => (cells[1] === oneClass ? cells.with(columns.indexOf('her2'), '0') : cells)),
  };
}
