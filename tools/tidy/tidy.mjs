// Style as a program: `npm run tidy`. Each rule has a count in ratchet.json that may only fall; `--tighten` writes lower ones.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge } from './ratchet.mjs';
import { rules } from './rules.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ratchetFile = join(root, 'tools', 'tidy', 'ratchet.json');

/** Files that git knows or would add. */
function repositoryFiles() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Every protocol of the repository is one that sites would accept. */
function protocolOffenses(/** @type {readonly string[]} */ files) {
  const cli = join(root, 'apps', 'cli', 'bin', 'cohortium.mjs');
  return files
    .filter((path) => /^protocols\/[^/]+\/(protocol|amendments\/.*)\.ya?ml$/.test(path))
    .flatMap((path) => {
      const { status, stderr } = spawnSync(process.execPath, [cli, 'protocol', 'lint', path, '--lang', 'en'], {
        cwd: root,
        encoding: 'utf8',
      });
      return status === 0 ? [] : [{ rule: 'protocols', where: path, what: stderr.trim().split('\n')[0] ?? `exit code ${status}` }];
    });
}

/** @type {Map<string, string>} */
const texts = new Map();
const files = repositoryFiles();
const repository = {
  root,
  files,
  read: (/** @type {string} */ path) => {
    const known = texts.get(path) ?? readFileSync(join(root, path), 'utf8');
    texts.set(path, known);
    return known;
  },
  size: (/** @type {string} */ path) => statSync(join(root, path)).size,
};

const ruleNames = [...Object.keys(rules), 'protocols'];
const offenses = [...Object.values(rules).flatMap((rule) => rule(repository)), ...protocolOffenses(files)];
const verdict = judge(offenses, JSON.parse(readFileSync(ratchetFile, 'utf8')), ruleNames);

for (const { rule, where, what } of offenses) if (verdict.exceeded.includes(rule)) console.log(`${where}: ${what} [${rule}]`);
if (process.argv.includes('--tighten') && verdict.fallen.length > 0) {
  writeFileSync(ratchetFile, `${JSON.stringify(verdict.tightened, null, 2)}\n`);
  console.log(`ratchet tightened: ${verdict.fallen.join(', ')}`);
  process.exitCode = verdict.exceeded.length === 0 ? 0 : 1;
} else {
  if (verdict.fallen.length > 0)
    console.log(
      `fewer offenses than tools/tidy/ratchet.json allows (${verdict.fallen.join(', ')}): run npm run tidy -- --tighten and commit it`,
    );
  if (verdict.unknown.length > 0) console.log(`tools/tidy/ratchet.json names rules that do not exist: ${verdict.unknown.join(', ')}`);
  console.log(
    verdict.passes ? `tidy: ${files.length} files, ${ruleNames.length} rules, ${offenses.length} allowed offenses` : 'tidy: not tidy',
  );
  process.exitCode = verdict.passes ? 0 : 1;
}
