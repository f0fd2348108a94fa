import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably, writeError } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { trustErrors } from './errors.js';
import { trustWords } from './messages.js';
import type { TrustWord } from './messages.js';

const states = { pause: 'paused', resume: 'running', stop: 'stopped' } as const;
/** What an operator may order. */
export type OperatorOrder = keyof typeof states;

const told: Readonly<Record<OperatorOrder, TrustWord>> = { pause: 'sitePaused', resume: 'siteResumed', stop: 'siteStopped' };

/**
 * `cohortium site pause | resume | stop`: writes the operator's wish into the site's own folder, where the node looks before every answer. It
 * works whether the node runs or not, and needs neither broker nor database.
 * @throws `CLI.NOT_A_SITE` for a folder without keys and policy of a node, `CLI.CANNOT_WRITE`, `CLI.DISK_FULL`
 */
export async function orderSite(terminal: Terminal, order: OperatorOrder, options: { readonly dataDir: string }): Promise<number> {
  const words = trustWords(terminal.language);
  // A mistyped folder must not be told to be a node at rest.
  if (!['identity', 'policy.yaml'].some((name) => existsSync(join(options.dataDir, name))))
    throw trustErrors.error('CLI.NOT_A_SITE', { path: options.dataDir });
  const path = join(options.dataDir, 'operator.json');
  const state = states[order];
  const at = new Date().toISOString();
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeDurably(temporary, `${JSON.stringify({ schemaVersion: 1, state, at })}\n`, 0o600);
    renameSync(temporary, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
  terminal.data(words(told[order]));
  terminal.jsonObject({ schemaVersion: 1, state, at });
  return 0;
}
