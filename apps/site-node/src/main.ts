import { AppError } from '@cohortium/kernel';
import { languageOfEnvironment, readConfig, readIdentityConfig } from './config.js';
import { siteErrors } from './errors.js';
import { ensureIdentity } from './identity.js';
import { ownSigningKey } from './masking/file-trust.js';

/** How long a graceful end may take; whoever asked for it may be less patient. */
const stopTimeoutMs = 60_000;

async function main(command: string | undefined): Promise<void> {
  if (command === 'identity') return printIdentity();
  if (command === undefined || command === 'run') return run();
  throw siteErrors.error('SITE.USAGE');
}

/** Makes the site's broker key if there is none, and prints the public half: what an enrollment needs. */
async function printIdentity(): Promise<void> {
  const config = readIdentityConfig(process.env);
  const { nkey } = await ensureIdentity(config);
  const signingKey = await ownSigningKey(config.dataDir);
  process.stdout.write(`${JSON.stringify({ site: config.site, nkey, signingKey })}\n`);
}

async function run(): Promise<void> {
  const config = readConfig(process.env);
  // Loaded here, so that `identity` starts without a framework.
  const [{ startSiteNode }, { createLog }, { errorFields }] = await Promise.all([
    import('./site-node.js'),
    import('./log.js'),
    import('./own-errors.js'),
  ]);
  const log = createLog(config);
  let node: { stop(): Promise<void> } | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ event: 'stopping', signal });
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    void Promise.resolve(node?.stop())
      .catch((error: unknown) => log.error({ event: 'stop-failed', ...errorFields(error) }))
      .finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('unhandledRejection', (error) => {
    // A defect. Everything that matters is stored, so a fresh start is the safest way on.
    log.fatal({ event: 'defect', ...errorFields(error) });
    process.exit(1);
  });
  try {
    node = await startSiteNode(config, log);
  } catch (error) {
    log.fatal({ event: 'start-failed', ...errorFields(error) });
    throw error;
  }
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
