import { readFileSync } from 'node:fs';
import type { SoftwareFacts } from './extract-case.js';

/** Name and version of this program, as results and objects state them. */
export function softwareFacts(): SoftwareFacts {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return { name: 'cohortium', version, node: process.versions.node };
}
