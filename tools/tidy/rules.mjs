// What tidiness means here, each rule a function of the repository that answers its offenses.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

/** @typedef {{ root: string, files: readonly string[], read: (path: string) => string, size: (path: string) => number }} Repository */
/** @typedef {{ rule: string, where: string, what: string }} Offense */

export const longestFileLines = 400;
export const longestFunctionLines = 60;
export const largestFileBytes = 1024 * 1024;

const isCode = (/** @type {string} */ path) => /\.(ts|mts|mjs|js|cjs)$/.test(path) && !path.endsWith('.d.ts');
const isText = (/** @type {string} */ path) => /\.(ts|mts|mjs|js|cjs|json|md|ya?ml|sh|css|html)$/.test(path) || path === '.ci/run';
/** The rules themselves have to name what they forbid. */
const isTidy = (/** @type {string} */ path) => path.startsWith('tools/tidy/');

/** Files of code over 400 lines. */
export function longFiles(/** @type {Repository} */ { files, read }) {
  return files
    .filter(isCode)
    .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > longestFileLines)
    .map(({ path, lines }) => ({ rule: 'longFiles', where: path, what: `${lines} lines, at most ${longestFileLines}` }));
}

/** Functions over 60 lines, docblocks not counted. The body of a `describe` or `it` is data for the runner, not a function to read as one. */
export function longFunctions(/** @type {Repository} */ { files, read }) {
  /** @type {Offense[]} */
  const offenses = [];
  for (const path of files.filter((file) => isCode(file) && !file.endsWith('.spec.ts'))) {
    const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true);
    const visit = (/** @type {ts.Node} */ node) => {
      if (ts.isFunctionLike(node) && 'body' in node && node.body) {
        const from = source.getLineAndCharacterOfPosition(node.getStart()).line;
        const lines = source.getLineAndCharacterOfPosition(node.end).line - from + 1;
        const name = node.name?.getText() ?? '(function)';
        if (lines > longestFunctionLines)
          offenses.push({
            rule: 'longFunctions',
            where: `${path}:${from + 1}`,
            what: `${name} has ${lines} lines, at most ${longestFunctionLines}`,
          });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return offenses;
}

const bannedWords = [/\bTODO\b/, /\bFIXME\b/, /\bXXX\b/, /\bHACK\b/];
const bannedFolders = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'shared', 'core', 'misc']);

/** Words that put work off, and folder names that say nothing. */
export function bannedNames(/** @type {Repository} */ { files, read }) {
  /** @type {Offense[]} */
  const offenses = [];
  for (const path of files) {
    const folder = path
      .split('/')
      .slice(0, -1)
      .find((part) => bannedFolders.has(part));
    if (folder !== undefined) offenses.push({ rule: 'bannedNames', where: path, what: `a folder called ${folder}` });
    if (!isText(path) || isTidy(path) || path === 'package-lock.json') continue;
    read(path)
      .split('\n')
      .forEach((line, i) => {
        const word = bannedWords.find((pattern) => pattern.test(line));
        if (word) offenses.push({ rule: 'bannedNames', where: `${path}:${i + 1}`, what: `the word ${word.exec(line)?.[0]}` });
      });
  }
  return offenses;
}

/** `.only` in a spec silences every other test. */
export function focusedTests(/** @type {Repository} */ { files, read }) {
  return files
    .filter((path) => /\.(spec|test)\.[mc]?[jt]s$/.test(path) && !isTidy(path))
    .flatMap((path) =>
      matchingLines(path, read(path), /\b(it|test|describe|suite|bench)(\.\w+)*\.only\b/, 'focusedTests', 'a focused test'),
    );
}

/** `export *` hides what a library offers. */
export function exportStars(/** @type {Repository} */ { files, read }) {
  return files
    .filter((path) => isCode(path) && !isTidy(path))
    .flatMap((path) => matchingLines(path, read(path), /^\s*export\s+\*/, 'exportStars', 'export *'));
}

/** A file too large to review. */
export function largeFiles(/** @type {Repository} */ { files, size }) {
  return files
    .filter((path) => size(path) > largestFileBytes)
    .map((path) => ({ rule: 'largeFiles', where: path, what: `${size(path)} bytes, at most ${largestFileBytes}` }));
}

/** Names are kebab-case, so that they are equal on every file system. */
export function fileNames(/** @type {Repository} */ { files }) {
  return files
    .filter((path) => isCode(path) && !/^[a-z0-9]+([-.][a-z0-9]+)*\.[a-z]+$/.test(basename(path)))
    .map((path) => ({ rule: 'fileNames', where: path, what: 'not kebab-case' }));
}

/** Every error code has its page, and every page its code. */
export function errorPages(/** @type {Repository} */ { files, read }) {
  const codes = new Map(
    files
      .filter((path) => /^(libs|apps)\/.*\/src\/.*\.ts$/.test(path) && !path.endsWith('.spec.ts'))
      .flatMap((path) => errorCodes(path, read(path)).map((code) => [code, path])),
  );
  const pages = files.filter((path) => /^docs\/errors\/[^/]+\.md$/.test(path)).map((path) => basename(path, '.md'));
  return [
    ...[...codes]
      .filter(([code]) => !pages.includes(code))
      .map(([code, path]) => ({ rule: 'errorPages', where: path, what: `${code} has no docs/errors/${code}.md` })),
    ...pages
      .filter((page) => !codes.has(page))
      .map((page) => ({ rule: 'errorPages', where: `docs/errors/${page}.md`, what: 'no such error code' })),
  ];
}

/** Keys of every object literal that is passed to `defineErrors`. */
export function errorCodes(/** @type {string} */ path, /** @type {string} */ text) {
  if (!text.includes('defineErrors(')) return [];
  /** @type {string[]} */
  const codes = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const visit = (/** @type {ts.Node} */ node) => {
    if (
      ts.isCallExpression(node) &&
      node.expression.getText() === 'defineErrors' &&
      node.arguments[0] &&
      ts.isObjectLiteralExpression(node.arguments[0])
    ) {
      for (const property of node.arguments[0].properties)
        if (property.name && ts.isStringLiteral(property.name)) codes.push(property.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return codes;
}

/** `npm run NAME` in the README names a script that exists. */
export function readmeScripts(/** @type {Repository} */ { files, read }) {
  const { scripts } = JSON.parse(read('package.json'));
  return files
    .filter((path) => /(^|\/)(README|CONTRIBUTING)\.md$/.test(path))
    .flatMap((path) => [...read(path).matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map((match) => ({ path, name: match[1] })))
    .filter(({ name }) => !(name in scripts))
    .map(({ path, name }) => ({ rule: 'readmeScripts', where: path, what: `there is no script ${name}` }));
}

/** Every library and app has a row in the map of who may import whom, and a tag that the row is about. */
export function boundaryRows(/** @type {Repository} */ { files, read }) {
  const map = read('eslint.config.mjs');
  return files
    .filter((path) => /^(libs|apps)\/[^/]+\/package\.json$/.test(path))
    .flatMap((path) => {
      const [kind, name] = path.split('/');
      const tag = `${kind === 'libs' ? 'lib' : 'app'}:${name}`;
      const tags = JSON.parse(read(path)).nx?.tags ?? [];
      return [
        ...(map.includes(`sourceTag: '${tag}'`) ? [] : [{ rule: 'boundaryRows', where: 'eslint.config.mjs', what: `no row for ${tag}` }]),
        ...(tags.includes(tag) ? [] : [{ rule: 'boundaryRows', where: path, what: `no tag ${tag}` }]),
      ];
    });
}

/** Two message files of one catalog, `messages.en.ts` and `messages.zh.ts`, have the same keys and the same parameters. */
export function catalogs(/** @type {Repository} */ { root, files, read }) {
  return files
    .filter((path) => /messages\.en\.ts$/.test(path))
    .flatMap((path) => {
      const other = path.replace(/\.en\.ts$/, '.zh.ts');
      if (!existsSync(join(root, other))) return [{ rule: 'catalogs', where: path, what: `there is no ${other}` }];
      return comparedCatalogs(other, stringProperties(path, read(path)), stringProperties(other, read(other)));
    });
}

/** @param {string} where @param {Map<string, string>} en @param {Map<string, string>} zh */
export function comparedCatalogs(where, en, zh) {
  const keys = new Set([...en.keys(), ...zh.keys()]);
  return [...keys].flatMap((key) => {
    const [a, b] = [en.get(key), zh.get(key)];
    if (a === undefined || b === undefined) return [{ rule: 'catalogs', where, what: `${key} exists in one language only` }];
    const unknown = [...parametersOf(b)].filter((name) => !parametersOf(a).has(name));
    return unknown.length === 0 ? [] : [{ rule: 'catalogs', where, what: `${key} uses {${unknown[0]}}, which English does not have` }];
  });
}

function parametersOf(/** @type {string} */ pattern) {
  return new Set([...pattern.matchAll(/\{(\w+)\s*[,}]/g)].map((match) => match[1]));
}

function stringProperties(/** @type {string} */ path, /** @type {string} */ text) {
  /** @type {Map<string, string>} */
  const found = new Map();
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isPropertyAssignment(node) && ts.isStringLiteralLike(node.initializer))
      found.set(node.name.getText().replace(/^'|'$/g, ''), node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true));
  return found;
}

/** @returns {Offense[]} */
function matchingLines(
  /** @type {string} */ path,
  /** @type {string} */ text,
  /** @type {RegExp} */ pattern,
  /** @type {string} */ rule,
  /** @type {string} */ what,
) {
  return text.split('\n').flatMap((line, i) => (pattern.test(line) ? [{ rule, where: `${path}:${i + 1}`, what }] : []));
}

/** Every rule by name. */
export const rules = {
  longFiles,
  longFunctions,
  bannedNames,
  focusedTests,
  exportStars,
  largeFiles,
  fileNames,
  errorPages,
  readmeScripts,
  boundaryRows,
  catalogs,
};
