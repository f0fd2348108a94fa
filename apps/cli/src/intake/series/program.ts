import type { Language } from '@cohortium/kernel';
import type { Command } from 'commander';
import type { Terminal } from '../../terminal.js';
import type { ConvertOptions } from './convert.command.js';
import { seriesWords } from './messages.js';
import type { ScanOptions } from './scan.command.js';

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** The code of a command is read when it is asked for. */
const commands = {
  convert: () => import('./convert.command.js'),
  rules: () => import('./read-rules.js'),
  scan: () => import('./scan.command.js'),
};

/** Adds the commands that read series from folders to the group `intake`. */
export function addSeries(intake: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = seriesWords(language);
  command(intake, 'scan', words('scanAbout'))
    .argument('<folder>', words('folderArgument'))
    .option('--rules <file>', words('rulesOption'))
    .option('--role <series=role>', words('roleOption'), collect)
    .action(
      run(async (terminal, folder: string, options: Texts<ScanOptions>) =>
        (await commands.scan()).scanCommand(terminal, folder, await withRoles(terminal, options)),
      ),
    );
  command(intake, 'convert', words('convertAbout'))
    .argument('<path>', words('pathArgument'))
    .requiredOption('--out <folder>', words('outOption'))
    .option('--series <series>', words('seriesOption'), collect)
    .option('--role <series=role>', words('roleOption'), collect)
    .action(
      run(async (terminal, path: string, options: Texts<ConvertOptions>) =>
        (await commands.convert()).convertCommand(terminal, path, await withRoles(terminal, options)),
      ),
    );
}

/** Options as they are typed: roles still as texts. */
type Texts<T> = Omit<T, 'role'> & { readonly role?: readonly string[] };

async function withRoles<T extends { readonly role?: readonly string[] }>(terminal: Terminal, options: T) {
  const { role, ...rest } = options;
  const { correctionsOf } = await commands.rules();
  return role === undefined ? rest : { ...rest, role: correctionsOf(terminal, role) };
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
