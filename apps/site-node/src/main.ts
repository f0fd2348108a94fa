import { AppError } from '@cohortium/kernel';
import { recordFingerprint } from '@cohortium/protocol';
import { languageOfEnvironment, readCohortConfig, readIdentityConfig } from './config.js';
import { siteErrors } from './errors.js';
import { ensureIdentity } from './identity.js';
import { runSiteNode } from './run.js';

async function main(command: string | undefined): Promise<void> {
  if (command === 'identity') return printIdentity();
  if (command === 'cohort') return takeCohort();
  if (command === undefined || command === 'run') return runSiteNode();
  throw siteErrors.error('SITE.USAGE');
}

/** Makes the site's keys if there are none, and prints the public halves: what an enrollment needs. */
async function printIdentity(): Promise<void> {
  const config = readIdentityConfig(process.env);
  const { record } = await ensureIdentity(config);
  process.stdout.write(`${JSON.stringify({ ...record, fingerprint: recordFingerprint(record) })}\n`);
}

/** Writes the table of features from what was extracted, and prints what it holds. */
async function takeCohort(): Promise<void> {
  const { takeSnapshot } = await import('./cohort/take-snapshot.js');
  process.stdout.write(`${JSON.stringify(await takeSnapshot(readCohortConfig(process.env)))}\n`);
}

main(process.argv[2]).catch((error: unknown) => {
  const known = error instanceof AppError;
  process.stderr.write(
    known
      ? `${error.render(languageOfEnvironment(process.env))}\n`
      : `UNEXPECTED: ${error instanceof Error ? error.constructor.name : typeof error}\n`,
  );
  process.exit(known ? error.exit : 1);
});
