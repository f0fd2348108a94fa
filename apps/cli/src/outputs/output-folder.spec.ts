import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDiskFull, writeDurably } from './files.js';
import { OutputFolder } from './output-folder.js';

let parent: string;
beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'output-spec-'))));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

describe('output folder', () => {
  it('appears whole, with participant data closed to others', () => {
    const out = new OutputFolder(join(parent, 'a', 'out'));
    out.add('results.json', '{}');
    out.add('sites/H1/predictions-final.csv', 'participant,probability\n', true);
    expect(existsSync(out.path)).toBe(false);
    out.commit();
    expect(readFileSync(join(out.path, 'results.json'), 'utf8')).toBe('{}');
    expect(statSync(join(out.path, 'sites/H1/predictions-final.csv')).mode & 0o777).toBe(0o600);
    expect(statSync(join(out.path, 'sites/H1')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(parent, 'a'))).toEqual(['out']);
  });

  it('writes nothing outside itself, whatever the name', () => {
    for (const name of ['../evil', 'a/../../evil', '.', '..']) {
      const out = new OutputFolder(join(parent, 'out'));
      expect(() => out.add(name, 'x')).toThrow(RangeError);
    }
    expect(readdirSync(parent)).toEqual([]);
  });

  it('replaces an earlier result, and only such a one', () => {
    const path = join(parent, 'out');
    mkdirSync(path);
    writeFileSync(join(path, 'results.json'), 'old');
    const out = new OutputFolder(path);
    out.add('results.json', 'new');
    out.commit();
    expect(readFileSync(join(path, 'results.json'), 'utf8')).toBe('new');
    writeFileSync(join(path, 'thesis.docx'), '');
    expect(() => new OutputFolder(path)).toThrow(
      expect.objectContaining({ code: 'CLI.OUT_NOT_OURS', params: { path, example: 'thesis.docx' } }),
    );
    expect(readdirSync(parent)).toEqual(['out']);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('leaves nothing half-written when the disk is full (%s), and keeps the earlier result', (code) => {
    const path = join(parent, 'out');
    mkdirSync(path);
    writeFileSync(join(path, 'results.json'), 'old');
    let calls = 0;
    const out = new OutputFolder(path, (...args) => (++calls === 2 ? failing(code)() : writeDurably(...args)));
    out.add('results.json', 'new');
    expect(() => out.add('report.html', 'x')).toThrow(
      expect.objectContaining({ code: 'CLI.DISK_FULL', params: { path: join(path, 'report.html') } }),
    );
    expect(readdirSync(parent)).toEqual(['out']);
    expect(readFileSync(join(path, 'results.json'), 'utf8')).toBe('old');
  });

  it('meets a real limit on file size', () => {
    const script = `const { writeFileSync, readdirSync } = require('fs'); try { writeFileSync('big', 'x'.repeat(1e6)); } catch (e) { console.log(e.code) }`;
    const code = execFileSync('bash', ['-c', `ulimit -f 100; exec "$0" -e "$1"`, process.execPath, script], {
      cwd: parent,
      encoding: 'utf8',
    }).trim();
    expect(isDiskFull(Object.assign(new Error(), { code }))).toBe(true);
  });

  it('says where it may not write', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => new OutputFolder(join(parent, 'file', 'out'))).toThrow(expect.objectContaining({ code: 'CLI.CANNOT_WRITE', exit: 2 }));
    expect(() => new OutputFolder(join(parent, 'file'))).toThrow(expect.objectContaining({ code: 'CLI.CANNOT_WRITE' }));
  });
});
