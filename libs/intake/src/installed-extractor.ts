import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { hashJson, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';

/** The libraries between an image and its features. */
const extractorLibraries = ['@cohortium/imaging', '@cohortium/kernel', '@cohortium/numerics', '@cohortium/radiomics'] as const;

/**
 * What identifies the program that extracts features: SHA-256 over every file of the libraries between an image and its features, as they are
 * installed. The same release has the same digest on every machine.
 */
export function extractorSha256(): Sha256 {
  return hashJson(extractorLibraries.map(filesOf));
}

/** The same of one library. */
export function librarySha256(name: string): Sha256 {
  return hashJson(filesOf(name));
}

function filesOf(name: string): { readonly name: string; readonly files: readonly (readonly [string, Sha256])[] } {
  const folder = dirname(createRequire(import.meta.url).resolve(name));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(js|wasm|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(folder, path).replaceAll('\\', '/'), sha256(readFileSync(path))] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { name, files };
}
