import { existsSync } from 'node:fs';
import { isParameterFile, isPreset, resolveExtractionSettings, settingsPresets } from '@cohortium/radiomics';
import type { ExtractionSettings } from '@cohortium/radiomics';
import { YAMLParseError, parse } from 'yaml';
import { readText } from '../outputs/files.js';
import { radiomicsCliErrors } from './errors.js';

/**
 * The settings of an extraction: a preset by name, else a YAML or JSON file of ours or of PyRadiomics.
 * @throws `CLI.UNKNOWN_SETTINGS`, `CLI.CANNOT_READ`, `CLI.NOT_YAML`, `RADIOMICS.BAD_SETTINGS`, `RADIOMICS.SETTINGS_CONFLICT`,
 * `RADIOMICS.UNKNOWN_SEQUENCE`
 */
export function readSettings(name: string, sequence?: string): ExtractionSettings {
  if (isPreset(name)) return resolveExtractionSettings(settingsPresets[name], sequence);
  if (!existsSync(name)) throw radiomicsCliErrors.error('CLI.UNKNOWN_SETTINGS', { name, presets: Object.keys(settingsPresets).join(', ') });
  return resolveExtractionSettings(parseYaml(name, readText(name)), sequence);
}

function parseYaml(path: string, text: string): unknown {
  try {
    const document: unknown = parse(text, { maxAliasCount: 100, intAsBigInt: true });
    return withPlainNumbers(document, isParameterFile(document));
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [line] = error.linePos ?? [];
    const reason = error.message.split('\n')[0] as string;
    throw radiomicsCliErrors.error('CLI.NOT_YAML', {
      path,
      reason: line === undefined ? reason : `${line.line}:${line.col} ${error.code}`,
    });
  }
}

/**
 * The document with ordinary numbers. PyRadiomics names an image by the text of its sigma, 1 or 1.0, which a number does not keep: in its
 * files a sigma with a point becomes text.
 */
function withPlainNumbers(value: unknown, isParameters: boolean, key = ''): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return isParameters && key === 'sigma' && Number.isInteger(value) ? value.toFixed(1) : value;
  if (Array.isArray(value)) return value.map((item) => withPlainNumbers(item, isParameters, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withPlainNumbers(item, isParameters, name)]));
}
