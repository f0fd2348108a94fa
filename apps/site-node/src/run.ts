import { readConfig } from './config.js';
import { siteErrors } from './errors.js';
import { operatorState } from './operator-state.js';
import type { Provenance } from './provenance/provenance.port.js';

/** How long a graceful end may take; whoever asked for it may be less patient. */
const stopTimeoutMs = 60_000;
/** How often the operator's file is looked at. */
const operatorEveryMs = 1000;

/**
 * Runs a site node until a signal ends it.
 * @param provenance see `startSiteNode`
 */
export async function runSiteNode(provenance?: Provenance): Promise<void> {
  const config = readConfig(process.env);
  // Loaded here, so that `identity` starts without a framework.
  const [{ startSiteNode }, { createLog }, { errorFields }] = await Promise.all([
    import('./site-node.js'),
    import('./log.js'),
    import('./own-errors.js'),
  ]);
  if ((await operatorState(config.dataDir)) === 'stopped') throw siteErrors.error('SITE.STOPPED');
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
    node = await startSiteNode(config, log, provenance);
    watchOperator(config.dataDir, () => stop('SIGTERM'));
  } catch (error) {
    log.fatal({ event: 'start-failed', ...errorFields(error) });
    throw error;
  }
}

/** Ends the process once the operator has said stop. Answers that were under way are refused by then: tasks look for themselves. */
function watchOperator(dataDir: string, stop: () => void): void {
  const timer = setInterval(() => {
    void operatorState(dataDir).then((state) => {
      if (state !== 'stopped') return;
      clearInterval(timer);
      stop();
    });
  }, operatorEveryMs);
  timer.unref();
}
