import { imagingErrors, parseAcquisitionRules, seriesRoles } from '@cohortium/imaging';
import type { AcquisitionRules, SeriesRole } from '@cohortium/imaging';
import { YAMLParseError, parse } from 'yaml';
import { cliErrors } from '../../errors.js';
import { readText } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';

/** Acquisition rules from a YAML or JSON file. @throws `CLI.CANNOT_READ`, `IMAGING.BAD_RULES` */
export function readRules(path: string): AcquisitionRules {
  let content: unknown;
  try {
    content = parse(readText(path), { maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw imagingErrors.error('IMAGING.BAD_RULES', { problem: 'object', field: 'rules' }, { cause: error });
  }
  return parseAcquisitionRules(content);
}

/** Corrections of roles, each as `SERIES=ROLE`. @throws `CLI.USAGE` */
export function correctionsOf({ t }: Terminal, texts: readonly string[]): ReadonlyMap<string, SeriesRole> {
  return new Map(
    texts.map((text): [string, SeriesRole] => {
      const at = text.lastIndexOf('=');
      const role = seriesRoles.find((known) => known === text.slice(at + 1));
      if (at < 1 || role === undefined)
        throw cliErrors.error('CLI.USAGE', { problem: t('usageInvalidArgument', { subject: `--role <1=${seriesRoles.join(' | 1=')}>` }) });
      return [text.slice(0, at), role];
    }),
  );
}
