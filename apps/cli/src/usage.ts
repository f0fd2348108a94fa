import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { cliErrors } from './errors.js';
import type { MessageKey, Translate } from './messages.js';

/** Our word for each of commander's. */
const problems: Readonly<Record<string, MessageKey>> = {
  'commander.unknownOption': 'usageUnknownOption',
  'commander.unknownCommand': 'usageUnknownCommand',
  'commander.missingArgument': 'usageMissingArgument',
  'commander.optionMissingArgument': 'usageOptionMissingArgument',
  'commander.missingMandatoryOptionValue': 'usageMissingOption',
  'commander.invalidArgument': 'usageInvalidArgument',
  'commander.excessArguments': 'usageExcessArguments',
};

/** Codes with which commander ends after printing help or version: no error. */
const finished = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

/** True when commander has done what was asked (help, version). */
export function isFinished(error: unknown): boolean {
  return error instanceof CommanderError && finished.has(error.code) && error.exitCode === 0;
}

/** Commander's complaint as a typed error in our words; anything else is handed back. */
export function usageError(error: unknown, t: Translate): unknown {
  if (!(error instanceof CommanderError)) return error;
  // commander quotes what it complains about: "error: unknown option '--foo'".
  const subject = /'([^']*)'/.exec(error.message)?.[1] ?? error.message.replace(/^error: /, '');
  const key = problems[error.code];
  const detail =
    error.code === 'commander.invalidArgument' || error.code === 'commander.excessArguments'
      ? error.message.replace(/^error: /, '')
      : subject;
  return cliErrors.error('CLI.USAGE', { problem: t(key ?? 'usageOther', { subject: detail }) }, { cause: error });
}

/** Puts help, its titles and the common options of a command into our words. Throws instead of ending the process. */
export function inOurWords(command: Command, t: Translate): Command {
  const titles: Readonly<Record<string, string>> = {
    'Usage:': t('titleUsage'),
    'Options:': t('titleOptions'),
    'Commands:': t('titleCommands'),
    'Arguments:': t('titleArguments'),
    'Global Options:': t('titleGlobalOptions'),
  };
  return command
    .exitOverride()
    .helpOption('-h, --help', t('helpOption'))
    .configureHelp({ styleTitle: (title) => titles[title] ?? title })
    .configureOutput({ writeErr: () => undefined })
    .allowExcessArguments(false);
}
