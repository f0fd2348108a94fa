import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCohort } from '@cohortium/synth';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultProtocolFile } from './cohort/prepare-cohort.js';
import { main } from './main.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'main-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command line in this process. */
async function cohortium(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(argv), ...out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const made = syntheticCohort({
  seed: 3,
  effects: [1, -0.8],
  featureCount: 12,
  sites: ['A', 'B', 'C', 'D', 'E', 'X'].map((id) => ({ id, role: id === 'X' ? 'external' : 'training', participants: 40 })),
});

/** A cohort folder; `edit` changes its tables first. */
function cohortFolder(
  edit: (tables: { features: string; clinical: string }) => { features: string; clinical: string } = (tables) => tables,
): string {
  const path = join(folder, 'cohort');
  mkdirSync(path);
  const { features, clinical } = edit(made);
  writeFileSync(join(path, 'features.csv'), features);
  writeFileSync(join(path, 'clinical.csv'), clinical);
  writeFileSync(join(path, 'feature_dictionary.csv'), made.featureDictionary);
  return path;
}

const lines = (text: string, change: (rows: string[]) => string[]) => change(text.trimEnd().split('\n')).join('\n') + '\n';

describe('usage', () => {
  it('prints help in both languages on stdout', async () => {
    expect(await cohortium('--help')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('no patient row leaves its hospital'),
    });
    const zh = await cohortium('demo', '--help', '--lang', 'zh');
    expect(zh).toMatchObject({ code: 0, stderr: '' });
    expect(zh.stdout).toContain('用法：');
    expect(zh.stdout).toContain('合成队列的随机种子');
  });

  it.each([
    [['demo', '--frobnicate'], 'There is no option --frobnicate.'],
    [['demoo'], 'There is no command demoo.'],
    [['simulate', 'p.yaml', '--cohort', 'x'], 'The option --out <folder> is needed.'],
    [['protocol', 'lint'], 'The argument protocol is missing.'],
    [['demo', '--port', '99999'], '1 ... 65533'],
    [['report', 'a', 'b', '--out', 'c'], 'Too many arguments'],
    [['demo', '--lang', 'fr'], 'zh | en'],
  ])('answers %j with exit code 2 and words', async (argv, words) => {
    const { code, stdout, stderr } = await cohortium(...argv);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('CLI.USAGE');
    expect(stderr).toContain(words);
  });

  it('speaks Chinese about errors, and gives the same code as JSON', async () => {
    const { code, stdout, stderr } = await cohortium('demo', '--frobnicate', '--lang', 'zh', '--json');
    expect(code).toBe(2);
    expect(stderr).toContain('没有选项 --frobnicate');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'CLI.USAGE' } });
  });
});

describe('bad input, before any process starts', () => {
  const demo = (...argv: string[]) => cohortium('demo', '--out', join(folder, 'out'), ...argv);

  it.each<[string, (tables: { features: string; clinical: string }) => { features: string; clinical: string }, string, number]>([
    [
      'malformed CSV',
      ({ features, clinical }) => ({ features: lines(features, (rows) => [...rows, '"open quote']), clinical }),
      'COHORT.MALFORMED_CSV',
      2,
    ],
    [
      'a word where a number belongs',
      ({ features, clinical }) => ({
        features: lines(features, (rows) => [
          rows[0] as string,
          (rows[1] as string).replace(/^([^,]*,[^,]*),[^,]*/, '$1,big'),
          ...rows.slice(2),
        ]),
        clinical,
      }),
      'COHORT.NOT_A_NUMBER',
      2,
    ],
    [
      'a participant twice',
      ({ features, clinical }) => ({ features: lines(features, (rows) => [...rows, rows[1] as string]), clinical }),
      'COHORT.DUPLICATE_PARTICIPANT',
      2,
    ],
    [
      'no endpoint column',
      ({ features, clinical }) => ({ features, clinical: clinical.replace(',her2,', ',her3,') }),
      'PROTOCOL.UNKNOWN_COLUMN',
      2,
    ],
    [
      'an empty table',
      ({ features, clinical }) => ({ features: lines(features, (rows) => rows.slice(0, 1)), clinical }),
      'COHORT.EMPTY',
      7,
    ],
  ])('%s', async (_, edit, expected, exit) => {
    const { code, stderr } = await demo('--cohort', cohortFolder(edit));
    expect(stderr).toContain(expected);
    expect(code).toBe(exit);
    expect(stderr).not.toMatch(/A-\d|SYN/);
    expect(readdirSync(folder)).toEqual(['cohort']);
  });

  it('an external site that does not exist', async () => {
    expect(await demo('--cohort', cohortFolder(), '--external', 'H99')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('PROTOCOL.UNKNOWN_SITE'),
    });
  });

  it('an absent cohort, an absent protocol, a protocol that is none', async () => {
    expect(await demo('--cohort', join(folder, 'absent'))).toMatchObject({ code: 2, stderr: expect.stringContaining('CLI.CANNOT_READ') });
    expect(await demo('--protocol', join(folder, 'absent.yaml'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CLI.CANNOT_READ'),
    });
    writeFileSync(join(folder, 'p.yaml'), 'schemaVersion: 1\nstudy: x\n');
    expect(await cohortium('protocol', 'lint', join(folder, 'p.yaml'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('PROTOCOL.BAD_SCHEMA'),
    });
  });

  it('a port that is taken, a broker that is not there', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const taken = await demo('--cohort', cohortFolder(), '--external', 'X', '--port', String(Math.min(port, 65_533)));
    await new Promise((resolve) => server.close(resolve));
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining('CLI.PORT_TAKEN') });
    vi.stubEnv('NATS_SERVER_BIN', join(folder, 'absent'));
    const absent = await demo('--cohort', join(folder, 'cohort'), '--external', 'X');
    vi.unstubAllEnvs();
    expect(absent).toMatchObject({ code: 5, stderr: expect.stringContaining('CLI.BROKER_ABSENT') });
    expect(readdirSync(folder)).toEqual(['cohort']);
  });

  it('an output folder with somebody’s files in it', async () => {
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out', 'thesis.docx'), '');
    expect(await demo('--cohort', cohortFolder(), '--external', 'X')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CLI.OUT_NOT_OURS'),
    });
  });
});

describe('simulate and report', () => {
  it('write the same science with and without the gate, to the last bits that doubles allow', async () => {
    const cohort = cohortFolder();
    const run = async (...argv: string[]) => {
      const out = join(folder, argv.join('') || 'gate');
      const { code, stdout, stderr } = await cohortium(
        'simulate',
        defaultProtocolFile,
        '--cohort',
        cohort,
        '--external',
        'X',
        '--out',
        out,
        '--json',
        ...argv,
      );
      expect(code, stderr).toBe(0);
      return { told: JSON.parse(stdout), results: JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')), out };
    };
    const gate = await run();
    const pooled = await run('--pooled');
    expect(readdirSync(gate.out).sort()).toEqual(['model.json', 'model.onnx', 'protocol.json', 'report.html', 'results.json', 'sites']);
    expect(readdirSync(join(gate.out, 'sites', 'X'))).toEqual(['predictions-external.csv']);
    expect(gate.results.run).toMatchObject({ mode: 'simulated', contributionsVisibleToCoordinator: false });
    expect(pooled.results.run).toMatchObject({ mode: 'pooled', sites: [] });
    const coefficients = (results: { science: { models: { terms: { coefficient: number }[] }[] } }) =>
      results.science.models[0]?.terms.map(({ coefficient }) => coefficient) ?? [];
    coefficients(gate.results).forEach((value, j) =>
      expect(Math.abs(value - (coefficients(pooled.results)[j] as number))).toBeLessThan(1e-9),
    );
    expect((await run()).told.scienceSha256).toBe(gate.told.scienceSha256);

    const html = join(folder, 'report.html');
    expect(await cohortium('report', join(gate.out, 'results.json'), '--out', html)).toMatchObject({ code: 0 });
    expect(readFileSync(html).equals(readFileSync(join(gate.out, 'report.html')))).toBe(true);

    const tables = join(folder, 'tables');
    const asked = await cohortium('report', join(gate.out, 'results.json'), '--out', html, '--csv', tables, '--lang', 'en');
    expect(asked, asked.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(`files in ${tables}`) });
    const names = readdirSync(tables);
    expect(names).toEqual(expect.arrayContaining(['external-table.csv', 'differences.csv', 'participants-table.csv']));
    expect(names.filter((name) => !name.endsWith('.csv'))).toEqual([]);
    expect(readFileSync(join(tables, 'differences.csv'), 'utf8')).toMatch(/^\ufefffeature,before_location_explained,/);
  }, 120_000);

  it('refuse a file that is no results.json', async () => {
    writeFileSync(join(folder, 'x.json'), '{"schemaVersion":1}');
    expect(await cohortium('report', join(folder, 'x.json'), '--out', join(folder, 'r.html'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CLI.BAD_RESULTS'),
    });
    writeFileSync(join(folder, 'x.json'), 'not json');
    expect(await cohortium('report', join(folder, 'x.json'), '--out', join(folder, 'r.html'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CLI.BAD_RESULTS'),
    });
  });

  it('end with exit code 7 when too few hospitals are eligible', async () => {
    const few = cohortFolder(({ features, clinical }) => {
      const keep = (text: string) =>
        lines(text, (rows) => [rows[0] as string, ...rows.slice(1).filter((row, i) => !/,(B|C|D),/.test(row) || i % 20 === 0)]);
      return { features: keep(features), clinical: keep(clinical) };
    });
    const { code, stderr } = await cohortium(
      'simulate',
      defaultProtocolFile,
      '--cohort',
      few,
      '--external',
      'X',
      '--out',
      join(folder, 'out'),
    );
    expect(stderr).toContain('STUDY.TOO_FEW_SITES');
    expect(code).toBe(7);
    expect(readdirSync(folder)).toEqual(['cohort']);
  });
});

describe('doctor and lint', () => {
  it('look at this machine', async () => {
    const { code, stdout } = await cohortium('doctor', '--json');
    const { fine, findings } = JSON.parse(stdout) as { fine: boolean; findings: { check: string }[] };
    expect(findings.map(({ check }) => check)).toEqual(['node', 'nats', 'postgres', 'ports', 'disk', 'language', 'extractor']);
    expect(code).toBe(fine ? 0 : 5);
  });

  it('say what to do about an absent broker', async () => {
    vi.stubEnv('NATS_SERVER_BIN', '/absent');
    const { code, stdout } = await cohortium('doctor', '--lang', 'zh');
    vi.unstubAllEnvs();
    expect(code).toBe(5);
    expect(stdout).toContain('处理办法');
  });

  it('accept the default protocol', async () => {
    const { code, stdout } = await cohortium('protocol', 'lint', defaultProtocolFile, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ study: 'her2-radiomics', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});
