// Writes the JSON Schemas of the documents that people write or read, from the schemas that the code parses with.
// `node tools/generate-schemas.mjs` after a build writes them; with `--check` it exits 1 if a committed file differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resultsSchema, resultsSchemaVersion } from '@cohortium/analysis';
import { lockedModelSchema } from '@cohortium/learning';
import { protocolSchema, protocolSchemaVersion } from '@cohortium/protocol';
import { settingsSchema, settingsSchemaVersion } from '@cohortium/radiomics';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Protocols and settings are what a person writes, defaults left out; the others are what the software wrote. */
const documents = [
  {
    path: 'protocols/schema/protocol.schema.json',
    title: 'Cohortium study protocol',
    version: protocolSchemaVersion,
    schema: protocolSchema,
    io: /** @type {const} */ ('input'),
  },
  {
    path: 'docs/schemas/radiomics-settings.schema.json',
    title: 'Settings of Cohortium feature extraction',
    version: settingsSchemaVersion,
    schema: settingsSchema,
    io: /** @type {const} */ ('input'),
  },
  {
    path: 'docs/schemas/results.schema.json',
    title: 'results.json of a Cohortium run',
    version: resultsSchemaVersion,
    schema: resultsSchema,
    io: /** @type {const} */ ('output'),
  },
  {
    path: 'docs/schemas/locked-model.schema.json',
    title: 'Locked model of a Cohortium study',
    version: lockedModelSchema.shape.schemaVersion.value,
    schema: lockedModelSchema,
    io: /** @type {const} */ ('output'),
  },
];

/**
 * The schema files as they should be.
 * @returns {Promise<{ path: string, text: string }[]>} paths relative to the repository
 */
export async function schemaFiles() {
  const style = await resolveConfig(join(root, 'package.json'));
  return Promise.all(
    documents.map(async ({ path, title, version, schema, io }) => {
      // A setting that other programs write as NaN has no JSON form; everything else has.
      const { $schema, ...body } = z.toJSONSchema(schema, { unrepresentable: 'any', io });
      const name = path.slice(path.lastIndexOf('/') + 1);
      const document = { $schema, $id: `urn:cohortium:${name}:${version}`, title, ...body };
      return { path, text: await format(JSON.stringify(document), { ...style, parser: 'json' }) };
    }),
  );
}

/**
 * Paths of the committed files that differ from what they should be, or are absent.
 * @param {(path: string) => string | undefined} [read] content of a committed file
 */
export async function staleSchemas(read = readCommitted) {
  return (await schemaFiles()).filter(({ path, text }) => read(path) !== text).map(({ path }) => path);
}

/** @param {string} path */
function readCommitted(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes every schema file. */
export async function writeSchemas() {
  for (const { path, text } of await schemaFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

async function main() {
  if (!process.argv.includes('--check')) return writeSchemas();
  const stale = await staleSchemas();
  for (const path of stale) {
    process.stderr.write(`${path} differs from the code; run: npx tsc -b && node tools/generate-schemas.mjs\n`);
    process.stderr.write(`${path} 与代码不一致；请运行：npx tsc -b && node tools/generate-schemas.mjs\n`);
  }
  if (stale.length > 0) process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
