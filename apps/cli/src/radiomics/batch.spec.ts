import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { imagingErrors } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { resolveSettings } from '@cohortium/radiomics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cliErrors } from '../errors.js';
import { BatchJournal } from './batch-journal.js';
import { ThreadRunner } from './case-runner.js';
import type { CaseRunner, RunnerContext } from './case-runner.js';
import { readCases } from './cases-file.js';
import type { Case } from './cases-file.js';
import type { ExtractionDocument } from './extract-case.js';
import { runBatch } from './run-batch.js';
import type { CaseOutcome } from './run-batch.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'batch-spec-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context: RunnerContext = { settings: resolveSettings({}), software: { name: 'cohortium', version: '1', node: '20' } };
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'no error';
};

/** Cases whose image and mask are small files of this test. */
function madeCases(...names: string[]): Case[] {
  return names.map((name) => {
    const path = join(folder, `${name}.nii`);
    writeFileSync(path, name);
    return { name, image: path, mask: path, label: undefined };
  });
}

/** Answers with the name of the image file, fails for names that begin with "bad", and counts. */
class FakeRunner implements CaseRunner {
  readonly seen: string[] = [];
  async run({ image }: { readonly image: string }): Promise<ExtractionDocument> {
    const name = image.slice(folder.length + 1, -4);
    this.seen.push(name);
    await new Promise((resolve) => setTimeout(resolve, name.length));
    if (name.startsWith('bad')) throw imagingErrors.error('IMAGING.EMPTY_MASK', { stage: 'drawn' });
    return { image: { hash: name } } as unknown as ExtractionDocument;
  }
  async close(): Promise<void> {}
}

const run = (cases: readonly Case[], runners: readonly CaseRunner[], journal?: BatchJournal, events: CaseOutcome[] = []) =>
  runBatch(cases, context, runners, journal, { ended: (outcome) => events.push(outcome) }, () => 0);
const told = (outcomes: readonly CaseOutcome[]) =>
  outcomes.map((outcome) => ('error' in outcome ? outcome.error.code : `${outcome.name}${outcome.resumed ? ' (kept)' : ''}`));

describe('runBatch', () => {
  it('goes on after a bad case and answers in the order of the list', async () => {
    const runners = [new FakeRunner(), new FakeRunner()];
    const events: CaseOutcome[] = [];
    const outcomes = await run(madeCases('a-long-name', 'bad', 'b', 'c'), runners, undefined, events);
    expect(told(outcomes)).toEqual(['a-long-name', 'IMAGING.EMPTY_MASK', 'b', 'c']);
    expect(events).toHaveLength(4);
    expect(runners.flatMap(({ seen }) => seen).sort()).toEqual(['a-long-name', 'b', 'bad', 'c']);
    expect(runners.every(({ seen }) => seen.length > 0)).toBe(true);
  });

  it('a file that is not there fails its case only', async () => {
    const [first, second] = madeCases('a', 'b') as [Case, Case];
    expect(told(await run([{ ...first, image: join(folder, 'none.nii') }, second], [new FakeRunner()]))).toEqual(['CLI.CANNOT_READ', 'b']);
  });

  it('resumes: what is in the journal is not computed again, what failed is', async () => {
    const cases = madeCases('a', 'bad', 'c');
    const path = join(folder, 'journal');
    const first = new BatchJournal(path);
    await run(cases, [new FakeRunner()], first);
    first.close();
    const journal = new BatchJournal(path);
    const runner = new FakeRunner();
    const outcomes = await run(cases, [runner], journal);
    journal.close();
    expect(told(outcomes)).toEqual(['a (kept)', 'IMAGING.EMPTY_MASK', 'c (kept)']);
    expect(runner.seen).toEqual(['bad']);
  });

  it('a file that changed, other settings and another release are computed again', async () => {
    const cases = madeCases('a');
    const journal = new BatchJournal(join(folder, 'journal'));
    const count = async (other: RunnerContext = context) => {
      const runner = new FakeRunner();
      await runBatch(cases, other, [runner], journal, { ended: () => undefined }, () => 0);
      return runner.seen.length;
    };
    expect([await count(), await count()]).toEqual([1, 0]);
    utimesSync(cases[0]?.image as string, 1, 1);
    expect([await count(), await count()]).toEqual([1, 0]);
    expect(await count({ ...context, settings: resolveSettings({ discretization: { method: 'FBN', bins: 8 } }) })).toBe(1);
    expect(await count({ ...context, software: { ...context.software, version: '2' } })).toBe(1);
    journal.close();
  });

  it('a journal that cannot be written ends the batch', async () => {
    const journal = { find: () => undefined, add: () => { throw cliErrors.error('CLI.DISK_FULL', { path: 'x' }); } } as unknown as BatchJournal; // prettier-ignore
    await expect(run(madeCases('a', 'b'), [new FakeRunner()], journal)).rejects.toThrow('CLI.DISK_FULL');
  });
});

describe('BatchJournal', () => {
  it('cuts off a line that a crash has torn, and keeps features private', () => {
    const path = join(folder, 'journal');
    const first = new BatchJournal(path);
    first.add('one', { image: 1 } as unknown as ExtractionDocument);
    first.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, '{"key":"two","docu');
    const second = new BatchJournal(path);
    expect([second.find('one'), second.find('two')]).toEqual([{ image: 1 }, undefined]);
    second.add('three', { image: 3 } as unknown as ExtractionDocument);
    second.close();
    expect(readFileSync(path, 'utf8').startsWith(whole)).toBe(true);
    const third = new BatchJournal(path);
    expect(third.find('three')).toEqual({ image: 3 });
    third.close();
  });

  it('says so when it cannot be opened', () => {
    expect(codeOf(() => new BatchJournal(join(folder, 'none', 'journal')))).toBe('CLI.CANNOT_WRITE');
  });
});

describe('ThreadRunner', () => {
  const script = (body: string) => {
    const path = join(folder, 'worker.mjs');
    writeFileSync(path, `import { parentPort, workerData } from 'node:worker_threads';\nparentPort.on('message', (files) => { ${body} });`);
    return pathToFileURL(path);
  };
  const files = (image: string) => ({ image, mask: '', label: undefined });

  it('hands out results and typed errors, case after case', async () => {
    const runner = new ThreadRunner(
      context,
      script(`if (files.image === 'bad') parentPort.postMessage({ code: 'A.B', entry: { exit: 2, en: { what: 'what', next: '' }, zh: { what: '', next: '' } }, params: {} });
        else if (files.image === 'odd') parentPort.postMessage({ unexpected: 'why' });
        else parentPort.postMessage({ document: { image: files.image, name: workerData.settings.name } });`),
    );
    expect(await runner.run(files('x'))).toEqual({ image: 'x', name: 'custom' });
    await expect(runner.run(files('bad'))).rejects.toMatchObject({ code: 'A.B', exit: 2 });
    await expect(runner.run(files('odd'))).rejects.toMatchObject({ code: 'CLI.CASE_FAILED', params: { reason: 'why' } });
    expect(await runner.run(files('y'))).toMatchObject({ image: 'y' });
    await runner.close();
  });

  it('a thread that dies fails its case and is replaced', async () => {
    const runner = new ThreadRunner(
      context,
      script(
        `if (files.image === 'throw') throw new Error('gone'); if (files.image === 'exit') process.exit(3); parentPort.postMessage({ document: {} });`,
      ),
    );
    await expect(runner.run(files('throw'))).rejects.toMatchObject({ code: 'CLI.CASE_FAILED', params: { reason: 'gone' } });
    await expect(runner.run(files('exit'))).rejects.toMatchObject({ code: 'CLI.CASE_FAILED', params: { reason: 'exit 3' } });
    expect(await runner.run(files('fine'))).toEqual({});
    await runner.close();
  });
});

describe('readCases', () => {
  const list = (text: string) => {
    mkdirSync(join(folder, 'lists'), { recursive: true });
    const path = join(folder, 'lists', 'cases.csv');
    writeFileSync(path, text);
    return path;
  };

  it('reads names, labels, and paths from the folder of the list', () => {
    expect(readCases(list('Case,image,mask,label\n"p, 1",a.nii,/m.nii,-2\np2,../b,m2,\n'))).toEqual([
      { name: 'p, 1', image: join(folder, 'lists', 'a.nii'), mask: '/m.nii', label: -2 },
      { name: 'p2', image: join(folder, 'b'), mask: join(folder, 'lists', 'm2'), label: undefined },
    ]);
  });

  it('refuses lists that leave something open', () => {
    for (const text of [
      'case,image\na,b\n',
      'case,image,mask\n',
      'case,image,mask\na,,c\n',
      'case,image,mask\na,b,c\na,d,e\n',
      'case,image,mask,label\na,b,c,one\n',
    ])
      expect(codeOf(() => readCases(list(text)))).toBe('CLI.BAD_CASES');
    expect(codeOf(() => readCases(join(folder, 'none.csv')))).toBe('CLI.CANNOT_READ');
  });
});
