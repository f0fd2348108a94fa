import { describe, expect, it } from 'vitest';
import { judge } from './ratchet.mjs';
import { comparedCatalogs, errorCodes, rules } from './rules.mjs';

/** A repository of a few texts. */
function repository(texts: Record<string, string>) {
  const read = (path: string) => texts[path] ?? '';
  return { root: '/nowhere', files: Object.keys(texts), read, size: (path: string) => Buffer.byteLength(read(path)) };
}

const spelled = (...parts: string[]) => parts.join('');

describe('tidy rules', () => {
  it('measure files and functions', () => {
    const body = 'x();\n'.repeat(61);
    const found = rules.longFunctions(
      repository({ 'libs/a/src/a.ts': `/** doc */\nexport function long() {\n${body}}\nconst short = () => 1;\n` }),
    );
    expect(found.map((o) => o.where)).toEqual(['libs/a/src/a.ts:2']);
    expect(rules.longFunctions(repository({ 'libs/a/src/a.spec.ts': `describe('x', () => {\n${body}});` }))).toEqual([]);
    expect(
      rules.longFiles(repository({ 'a.ts': 'x\n'.repeat(400), 'b.ts': 'x\n'.repeat(401), 'c.md': 'x\n'.repeat(900) })).map((o) => o.where),
    ).toEqual(['b.ts']);
  });

  it('find words that put work off, folders without a meaning, and focused tests', () => {
    const found = rules.bannedNames(
      repository({ 'libs/a/src/a.ts': spelled('// TO', 'DO later'), 'libs/a/src/utils/b.ts': '', 'docs/METHODS.md': 'todos los casos' }),
    );
    expect(found.map((o) => o.where)).toEqual(['libs/a/src/a.ts:1', 'libs/a/src/utils/b.ts']);
    expect(
      rules.focusedTests(repository({ 'a.spec.ts': spelled('it.on', "ly('x', () => {});\nit('y');"), 'b.ts': spelled('it.on', 'ly') })),
    ).toHaveLength(1);
  });

  it('find star exports, large files and names that are not kebab-case', () => {
    expect(
      rules.exportStars(repository({ 'libs/a/src/index.ts': spelled('export ', "* from './a.js';\nexport { b } from './b.js';") })),
    ).toHaveLength(1);
    expect(rules.largeFiles(repository({ 'a.csv': 'x'.repeat(1024 * 1024 + 1), 'b.csv': 'x' })).map((o) => o.where)).toEqual(['a.csv']);
    expect(
      rules.fileNames(repository({ 'a/readCohort.ts': '', 'a/read-cohort.spec.ts': '', 'a/1690-init.ts': '' })).map((o) => o.where),
    ).toEqual(['a/readCohort.ts']);
  });

  it('match error codes and their pages both ways', () => {
    const source = "export const e = defineErrors({ 'A.ONE': { exit: 2 }, 'A.TWO': { exit: 1 } });";
    expect(errorCodes('x.ts', source)).toEqual(['A.ONE', 'A.TWO']);
    const found = rules.errorPages(repository({ 'libs/a/src/errors.ts': source, 'docs/errors/A.ONE.md': '', 'docs/errors/A.GONE.md': '' }));
    expect(found.map((o) => o.what)).toEqual(['A.TWO has no docs/errors/A.TWO.md', 'no such error code']);
  });

  it('know which scripts the README may name', () => {
    const found = rules.readmeScripts(
      repository({ 'package.json': '{"scripts":{"demo":"x"}}', 'README.md': 'npm run demo\nnpm run demmo -- --keep' }),
    );
    expect(found.map((o) => o.what)).toEqual(['there is no script demmo']);
  });

  it('want a row and a tag for every project', () => {
    const texts = {
      'eslint.config.mjs': "{ sourceTag: 'lib:a', onlyDependOnLibsWithTags: [] }",
      'libs/a/package.json': '{"nx":{"tags":["lib:a"]}}',
      'apps/b/package.json': '{}',
    };
    expect(rules.boundaryRows(repository(texts)).map((o) => o.what)).toEqual(['no row for app:b', 'no tag app:b']);
  });

  it('compare the two languages of a catalog', () => {
    const en = new Map([
      ['a', '{n, plural, one {# site} other {# sites}}'],
      ['b', 'x'],
      ['c', '{path}'],
    ]);
    const zh = new Map([
      ['a', '{n} 个中心'],
      ['c', '{file}'],
    ]);
    expect(comparedCatalogs('zh', en, zh).map((o) => o.what)).toEqual([
      'b exists in one language only',
      'c uses {file}, which English does not have',
    ]);
  });
});

describe('ratchet', () => {
  const offense = (rule: string) => ({ rule, where: 'x', what: 'y' });

  it('lets counts fall and never rise', () => {
    expect(judge([offense('a')], { a: 1 }, ['a', 'b']).passes).toBe(true);
    expect(judge([offense('a'), offense('a')], { a: 1 }, ['a'])).toMatchObject({ passes: false, exceeded: ['a'], tightened: { a: 1 } });
    expect(judge([], { a: 1 }, ['a'])).toMatchObject({ passes: false, fallen: ['a'], tightened: {} });
    expect(judge([], { gone: 1 }, ['a'])).toMatchObject({ passes: false, unknown: ['gone'] });
  });
});
