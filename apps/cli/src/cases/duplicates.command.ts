import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseTable } from '@cohortium/analysis';
import { canonicalJson, parseSiteId } from '@cohortium/kernel';
import { z } from 'zod';
import { cliErrors } from '../errors.js';
import { readText, reasonOf, replaceFile } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { casesWords } from './messages.js';

/** Options of `cohortium cohort tokens`. */
export interface TokensOptions {
  readonly site: string;
  readonly identity: readonly string[];
  readonly key: string;
  readonly out: string;
}

const tokensSchema = z.strictObject({
  schemaVersion: z.literal(1),
  site: z.string(),
  columns: z.int().min(1),
  keyCheck: z.string().regex(/^[0-9a-f]{16}$/),
  tokens: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
});

/**
 * `cohortium cohort tokens TABLE --identity national_id,birth_date --key FILE`: keyed hashes of what is the same of a person everywhere. The key is
 * agreed on by the hospitals and never given to the coordinator: without it, names cannot be tried.
 */
export async function cohortTokens(terminal: Terminal, table: string, { site, identity, key, out }: TokensOptions): Promise<number> {
  const parsed = parseTable(readText(table), 'table of identities');
  const at = identity.map((column) => {
    const index = parsed.columns.indexOf(column);
    if (index < 0) throw cliErrors.error('CLI.CANNOT_READ', { path: table, reason: `no column ${column}` });
    return index;
  });
  const secret = readKey(key);
  if (secret.length < 32) throw cliErrors.error('CLI.CANNOT_READ', { path: key, reason: 'fewer than 32 bytes' });
  const token = (text: string) => createHmac('sha256', secret).update(`cohortium/duplicates/1\0${text}`).digest('hex');
  const tokens = parsed.rows.flatMap((row) => {
    const parts = at.map((index) => (row[index] ?? '').normalize('NFKC').replace(/\s+/g, '').toUpperCase());
    return parts.some((part) => part === '') ? [] : [token(JSON.stringify(parts))];
  });
  // Sorted, so that the order of the table is not told.
  const document = {
    schemaVersion: 1,
    site: parseSiteId(site),
    columns: identity.length,
    keyCheck: token('').slice(0, 16),
    tokens: [...new Set(tokens)].sort(),
  };
  const path = replaceFile(out, `${canonicalJson(document)}\n`);
  const counts = {
    people: document.tokens.length,
    without: parsed.rows.length - tokens.length,
    repeated: tokens.length - document.tokens.length,
  };
  terminal.data(casesWords(terminal.language)('tokens', { site, ...counts }));
  terminal.jsonObject({ schemaVersion: 1, out: path, site, ...counts });
  return 0;
}

/** A key as hexadecimal text or as bytes. @throws `CLI.CANNOT_READ` */
function readKey(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    const text = bytes.toString('utf8').trim();
    return /^[0-9a-fA-F]{64,}$/.test(text) ? Buffer.from(text, 'hex') : bytes;
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path, reason: reasonOf(cause) }, { cause });
  }
}

/** `cohortium cohort duplicates A.json B.json ...`: how many people two hospitals share; no token and no person is shown. Exit code 6 with any. */
export async function cohortDuplicates(terminal: Terminal, files: readonly string[]): Promise<number> {
  const words = casesWords(terminal.language);
  const lists = files.map((file) => readTokens(file));
  const [first] = lists;
  for (const [at, list] of lists.entries())
    if (first !== undefined && (list.keyCheck !== first.keyCheck || list.columns !== first.columns))
      throw cliErrors.error('CLI.CANNOT_READ', { path: files[at] as string, reason: 'made with another key or other columns' });
  const pairs = lists.flatMap((a, i) =>
    lists.slice(i + 1).map((b) => {
      const other = new Set(b.tokens);
      return { sites: [a.site, b.site], shared: a.tokens.filter((token) => other.has(token)).length };
    }),
  );
  const found = pairs.filter(({ shared }) => shared > 0);
  for (const { sites, shared } of found) terminal.data(words('shared', { a: sites[0] as string, b: sites[1] as string, shared }));
  if (found.length === 0) terminal.data(words('noneShared', { count: lists.length }));
  terminal.jsonObject({ schemaVersion: 1, sites: lists.map(({ site, tokens }) => ({ site, people: tokens.length })), pairs });
  return found.length === 0 ? 0 : 6;
}

function readTokens(file: string): z.output<typeof tokensSchema> {
  let value: unknown;
  try {
    value = JSON.parse(readText(file));
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path: file, reason: 'not JSON' }, { cause });
  }
  const parsed = tokensSchema.safeParse(value);
  if (!parsed.success) throw cliErrors.error('CLI.CANNOT_READ', { path: file, reason: 'not a file of "cohortium cohort tokens"' });
  return parsed.data;
}
