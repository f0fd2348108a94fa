import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { paths, systemCode } from './own-files.js';

const form = z.strictObject({ schemaVersion: z.literal(1), state: z.enum(['running', 'paused', 'stopped']), at: z.iso.datetime() });

/** What the operator wants of the node: `cohortium site pause | resume | stop` writes it. */
export type OperatorState = z.output<typeof form>['state'];

/**
 * Reads what the operator wants. No file means that nobody ever gave a command. A file that cannot be read or understood counts as paused: the
 * operator wanted something, and nothing leaves until it is clear what.
 */
export async function operatorState(dataDir: string): Promise<OperatorState> {
  let text: string;
  try {
    text = await readFile(paths.operatorState(dataDir), 'utf8');
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'running' : 'paused';
  }
  try {
    return form.parse(JSON.parse(text)).state;
  } catch {
    return 'paused';
  }
}
