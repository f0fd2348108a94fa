// The peer: cv.glmnet in R, one thread, in a process of its own. `RSCRIPT_BIN` names an Rscript with the package; else that of the path is taken if
// it has it; else Debian packages are unpacked under .cache, without being installed. Without any of them the peer is absent.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ program: string, args: readonly string[], env: Record<string, string> }} Rscript
 * @typedef {{ version: string, r: string, seconds: number, cpuSeconds: number, peakMib: number, lambdaMin: number, lambda1se: number,
 *   lambda: number[], cvm: number[], coefficients: Float64Array }} PeerFit
 * `coefficients`: penalty by penalty, the intercept first.
 */

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '..', '..', '..', '.cache', 'bench-peers', 'glmnet');
const minutes = 60_000;
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

function run(
  /** @type {string} */ program,
  /** @type {readonly string[]} */ args,
  /** @type {Record<string, string>} */ env = {},
  cwd = here,
) {
  const { error, status, signal, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...oneThread, ...env },
    timeout: 15 * minutes,
    maxBuffer: 2 ** 28,
  });
  const last = (stderr || stdout || '').trim().split('\n').at(-1) ?? '';
  return { ok: status === 0, out: stdout ?? '', reason: signal ? `no end: ${signal}` : (error?.message ?? last).slice(0, 200) };
}

/** An R that has the package, or why there is none. @returns {Rscript | { absent: string }} */
export function findR() {
  const own = process.env['RSCRIPT_BIN'];
  for (const program of own ? [own] : ['Rscript']) {
    const r = { program, args: [], env: {} };
    const { ok, reason } = hasPackage(r);
    if (ok) return r;
    if (own) return { absent: `RSCRIPT_BIN: ${reason}` };
  }
  if (existsSync(join(folder, 'ready'))) return unpackedR();
  const failed = unpack();
  if (failed !== null) return { absent: failed };
  const unpacked = unpackedR();
  const { ok, reason } = hasPackage(unpacked);
  if (!ok) return { absent: reason };
  writeFileSync(join(folder, 'ready'), '');
  return unpacked;
}

function hasPackage(/** @type {Rscript} */ { program, args, env }) {
  return run(program, [...args, '-e', 'suppressMessages(library(glmnet))'], env);
}

/** R as it starts from the unpacked packages: its own shell script knows only the place that it is meant to be installed in. @returns {Rscript} */
function unpackedR() {
  const root = join(folder, 'root');
  const home = join(root, 'usr', 'lib', 'R');
  const libraries = existsSync(join(root, 'usr', 'lib'))
    ? readdirSync(join(root, 'usr', 'lib')).filter((name) => name.includes('-linux-'))
    : [];
  const paths = libraries.flatMap((name) => ['', 'blas', 'lapack'].map((part) => join(root, 'usr', 'lib', name, part)));
  const env = {
    R_HOME: home,
    R_SHARE_DIR: join(root, 'usr', 'share', 'R', 'share'),
    R_LIBS: [join(home, 'library'), join(home, 'site-library')].join(':'),
    R_LIBS_SITE: join(home, 'site-library'),
    LD_LIBRARY_PATH: [join(home, 'lib'), ...paths].join(':'),
    EDITOR: 'vi',
    PAGER: 'cat',
  };
  return { program: join(home, 'bin', 'exec', 'R'), args: ['--no-echo', '--no-restore', '--vanilla'], env };
}

/** Unpacks R and the package with all that they need and this system lacks. @returns {string | null} why it could not be done */
function unpack() {
  const wanted = run('apt-get', ['--simulate', '--no-install-recommends', 'install', 'r-cran-glmnet'], { LC_ALL: 'C' });
  const names = wanted.out.split('\n').flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []);
  if (!wanted.ok || names.length === 0) return `no Rscript with glmnet, no Debian packages (${wanted.reason})`;
  const [root, packages] = [join(folder, 'root'), join(folder, 'packages')];
  for (const each of [root, packages]) {
    rmSync(each, { recursive: true, force: true });
    mkdirSync(each, { recursive: true });
  }
  const loaded = run('apt-get', ['download', ...names], {}, packages);
  if (!loaded.ok) return loaded.reason;
  for (const file of readdirSync(packages)) {
    const { ok, reason } = run('dpkg', ['-x', join(packages, file), root]);
    if (!ok) return reason;
  }
  const settings = join(root, 'usr', 'lib', 'R', 'etc');
  for (const name of readdirSync(settings)) moveLink(join(settings, name), root);
  return null;
}

/** A link to a settings file of the system becomes one to the unpacked file. */
function moveLink(/** @type {string} */ path, /** @type {string} */ root) {
  if (!lstatSync(path).isSymbolicLink()) return;
  const target = join(root, readlinkSync(path));
  const fresh = path.replace(/(Renviron)$/, '$1.ucf');
  unlinkSync(path);
  if (existsSync(target)) symlinkSync(target, path);
  else if (fresh !== path && existsSync(fresh)) symlinkSync(fresh, path);
}

/** Lays rows out for R. */
export function writeTable(
  /** @type {string} */ into,
  /** @type {import('./tables.mjs').Numbers} */ numbers,
  /** @type {Float64Array} */ folds,
) {
  const write = (/** @type {string} */ name, /** @type {Float64Array} */ { buffer, byteOffset, byteLength }) =>
    writeFileSync(join(into, name), new Uint8Array(buffer, byteOffset, byteLength));
  write('x.bin', numbers.values);
  write('y.bin', numbers.outcome);
  write('fold.bin', folds);
}

/** Reads the one line of JSON of glmnet.R. @returns {any} */
function ask(
  /** @type {Rscript} */ { program, args, env },
  /** @type {string} */ from,
  /** @type {import('./tables.mjs').Numbers} */ { rowCount, names },
  /** @type {import('./own.mjs').Settings} */ { alpha, nlambda, lambda_min_ratio: ratio },
  /** @type {readonly (string | number)[]} */ what,
) {
  const script = join(here, 'glmnet.R');
  // The program itself takes a file where Rscript takes a name.
  const start = args.length === 0 ? [script] : [...args, `--file=${script}`, '--args'];
  const { ok, out, reason } = run(program, [...start, from, rowCount, names.length, alpha, nlambda, ratio, ...what].map(String), env);
  if (!ok) throw new Error(reason);
  return JSON.parse(out.trim().split('\n').at(-1) ?? '');
}

/** The largest `thresh` (in half decades) at which the path of all rows is as exact as ours. @returns {{ thresh: number, violation: number, atDefault: number }} */
export function reach(
  /** @type {Rscript} */ r,
  /** @type {string} */ from,
  /** @type {import('./tables.mjs').Numbers} */ numbers,
  /** @type {import('./own.mjs').Settings} */ settings,
) {
  return ask(r, from, numbers, settings, ['reach', settings.tolerance]);
}

/** One cross-validation; only `cv.glmnet` is timed. @returns {PeerFit} */
export function crossValidation(
  /** @type {Rscript} */ r,
  /** @type {string} */ from,
  /** @type {import('./tables.mjs').Numbers} */ numbers,
  /** @type {import('./own.mjs').Settings} */ settings,
  /** @type {number} */ thresh,
) {
  const told = ask(r, from, numbers, settings, ['cv', thresh]);
  const bytes = readFileSync(join(from, 'coef.bin'));
  return { ...told, coefficients: new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) };
}
