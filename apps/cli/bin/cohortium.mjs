#!/usr/bin/env node
// The command `cohortium`. Says what is missing where the TypeScript has not been compiled yet.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'main.js');
if (existsSync(entry)) {
  const { main } = await import('../dist/main.js');
  // A reader that goes away (`| head`) is no reason to leave processes behind.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const code = await main(process.argv.slice(2));
  // Idle connections to the coordinator would keep the process for some seconds; what was written has to be out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
} else {
  const zh = /^zh/i.test(process.env.COHORTIUM_LANG || process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '');
  process.stderr.write(
    zh
      ? 'Cohortium 尚未编译。请在仓库根目录运行 npm run build；首次使用请运行 npm run demo。\n'
      : 'Cohortium is not compiled yet. Run npm run build in the root of the repository, or npm run demo for the first time.\n',
  );
  process.exitCode = 2;
}
