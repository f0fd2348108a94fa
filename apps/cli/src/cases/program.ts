import type { Language } from '@cohortium/kernel';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import type { CohortBuildOptions } from './cohort-build.command.js';
import type { CohortImportOptions } from './cohort-import.command.js';
import type { TokensOptions } from './duplicates.command.js';
import { casesWords } from './messages.js';

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the commands that make a cohort to the group `cohort`; the code of each is read when it is asked for. */
export function addCohort(cohort: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = casesWords(language);
  cohort.description(words('cohortAbout'));
  command(cohort, 'build', words('buildAbout'))
    .argument('<folder>', words('buildFolder'))
    .requiredOption('--out <folder>', words('buildOut'))
    .option('--plan <file>', words('planOption'))
    .option('--site <code>', words('siteOption'))
    .option('--mapping <file>', words('mappingOption'))
    .option('--key <file>', words('keyOption'))
    .option('--issuer <text>', words('issuerOption'))
    .option('--certificate <file>', words('certificateOption'))
    .option('--workers <number>', words('workersOption'), threads)
    .option('--cache <folder>', words('cacheOption'))
    .option('--database-url-file <file>', words('databaseOption'))
    .action(
      run(async (terminal, folder: string, options: CohortBuildOptions) =>
        (await import('./cohort-build.command.js')).cohortBuild(terminal, folder, options),
      ),
    );
  command(cohort, 'import', words('importAbout'))
    .argument('<table>', words('importTable'))
    .requiredOption('--site <code>', words('siteOption'))
    .requiredOption('--out <file>', words('importOut'))
    .option('--mapping <file>', words('mappingOption'))
    .option('--key <file>', words('keyOption'))
    .option('--issuer <text>', words('issuerOption'))
    .action(
      run(async (terminal, table: string, options: CohortImportOptions) =>
        (await import('./cohort-import.command.js')).cohortImport(terminal, table, options),
      ),
    );
  command(cohort, 'tokens', words('tokensAbout'))
    .argument('<table>', words('tokensTable'))
    .requiredOption('--site <code>', words('siteOption'))
    .requiredOption('--identity <columns>', words('identityOption'), (text: string) => text.split(',').map((part) => part.trim()))
    .requiredOption('--key <file>', words('tokensKey'))
    .requiredOption('--out <file>', words('tokensOut'))
    .action(
      run(async (terminal, table: string, options: TokensOptions) =>
        (await import('./duplicates.command.js')).cohortTokens(terminal, table, options),
      ),
    );
  command(cohort, 'duplicates', words('duplicatesAbout'))
    .argument('<files...>', words('duplicatesFiles'))
    .action(run(async (terminal, files: readonly string[]) => (await import('./duplicates.command.js')).cohortDuplicates(terminal, files)));
}

function threads(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 256) throw new InvalidArgumentError('1 ... 256');
  return value;
}
