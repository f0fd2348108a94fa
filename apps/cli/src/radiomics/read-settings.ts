import { existsSync } from 'node:fs';
import { isPreset, resolveSettings, settingsPresets } from '@cohortium/radiomics';
import type { ExtractionSettings } from '@cohortium/radiomics';
import { YAMLParseError, parse } from 'yaml';
import { readText } from '../outputs/files.js';
import { radiomicsCliErrors } from './errors.js';

/**
 * The settings of an extraction: a preset by name, else a YAML or JSON file.
 * @throws `CLI.UNKNOWN_SETTINGS`, `CLI.CANNOT_READ`, `CLI.NOT_YAML`, `RADIOMICS.BAD_SETTINGS`, `RADIOMICS.SETTINGS_CONFLICT`,
 * `RADIOMICS.UNKNOWN_SEQUENCE`
 */
export function readSettings(name: string, sequence?: string): ExtractionSettings {
  if (isPreset(name)) return resolveSettings(settingsPresets[name], sequence);
  if (!existsSync(name)) throw radiomicsCliErrors.error('CLI.UNKNOWN_SETTINGS', { name, presets: Object.keys(settingsPresets).join(', ') });
  return resolveSettings(parseYaml(name, readText(name)), sequence);
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
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
