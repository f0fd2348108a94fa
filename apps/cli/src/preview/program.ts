import type { Language } from '@cohortium/kernel';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { previewWords } from './messages.js';
import type { PreviewOptions } from './preview.command.js';

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds `preview` to the program. */
export function addPreview(root: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = previewWords(language);
  command(root, 'preview', words('previewAbout'))
    .requiredOption('--protocol <file>', words('previewProtocol'))
    .requiredOption('--cohort <folder>', words('previewCohort'))
    .requiredOption('--site <code>', words('previewSite'))
    .option('--external <sites>', words('previewExternal'), (text: string) => text.split(',').map((code) => code.trim()))
    .action(run(async (terminal, options: PreviewOptions) => (await import('./preview.command.js')).preview(terminal, options)));
}
