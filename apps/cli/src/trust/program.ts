import type { Language } from '@cohortium/kernel';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { translate } from '../messages.js';
import { inOurWords } from '../usage.js';
import { addPreview } from '../preview/program.js';
import type { KeyCreateOptions } from './key.command.js';
import { trustWords } from './messages.js';
import type { SignOptions } from './sign.command.js';

/** The code of a command is read when it is asked for. */
const commands = {
  diff: () => import('./diff.command.js'),
  key: () => import('./key.command.js'),
  sign: () => import('./sign.command.js'),
};

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the commands about approval, keys and signatures to the program and to its group `protocol`. */
export function addTrust(root: Command, protocol: Command, language: Language, command: MakeCommand, run: RunAction): void {
  addPreview(root, language, command, run);
  const words = trustWords(language);
  const withPassphrase = (made: Command) =>
    made.option('--passphrase-file <file>', words('passphraseFileOption')).option('--passphrase-env <name>', words('passphraseEnvOption'));
  const key = inOurWords(root.command('key'), translate(language)).description(words('keyAbout'));
  withPassphrase(command(key, 'create', words('keyCreateAbout')))
    .requiredOption('--role <role>', words('roleOption'))
    .option('--site <code>', words('siteOption'))
    .requiredOption('--name <name>', words('nameOption'))
    .requiredOption('--out <file>', words('keyOut'))
    .action(run(async (terminal, options: KeyCreateOptions) => (await commands.key()).createKey(terminal, options)));
  command(key, 'show', words('keyShowAbout'))
    .argument('<file>', words('keyArgument'))
    .action(run(async (terminal, file: string) => (await commands.key()).showKey(terminal, file)));
  withPassphrase(command(protocol, 'sign', words('signAbout')))
    .argument('<protocol>', words('signArgument'))
    .requiredOption('--key <file>', words('signKey'))
    .requiredOption('--role <role>', words('roleOption'))
    .option('--site <code>', words('siteOption'))
    .option('--out <file>', words('signOut'))
    .option('--amends <file>', words('signAmends'))
    .option('--revoke', words('signRevoke'))
    .action(run(async (terminal, file: string, options: SignOptions) => (await commands.sign()).signProtocolFile(terminal, file, options)));
  command(protocol, 'verify', words('verifyAbout'))
    .argument('<file>', words('verifyArgument'))
    .option('--roster <file>', words('verifyRoster'))
    .action(
      run(async (terminal, file: string, options: { readonly roster?: string }) =>
        (await commands.sign()).verifyProtocolFile(terminal, file, options),
      ),
    );
  command(protocol, 'diff', words('diffAbout'))
    .argument('<older>', words('diffOld'))
    .argument('<newer>', words('diffNew'))
    .action(run(async (terminal, before: string, after: string) => (await commands.diff()).diffProtocolFiles(terminal, before, after)));
}
