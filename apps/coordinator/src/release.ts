import { readFileSync } from 'node:fs';

/** Version of this app. */
export const release = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
