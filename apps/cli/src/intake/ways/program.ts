import { acceptableRisks, defaultDeidentification, deidentificationOptions, seriesRoles } from '@cohortium/imaging';
import type { Language } from '@cohortium/kernel';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { translate } from '../../messages.js';
import type { Terminal } from '../../terminal.js';
import { inOurWords } from '../../usage.js';
import type { MoveOptions, PeerOptions, PullOptions } from './archive.command.js';
import type { DeidentifyOptions } from './deidentify.command.js';
import type { WatchCommandOptions } from './folder.command.js';
import { waysWords } from './messages.js';
import type { WaysWords } from './messages.js';
import type { ReceiveOptions } from './receive.command.js';
import type { TrayCommandOptions } from './tray.command.js';
import type { TrayOptions } from './tray-options.js';

/** The code of a command is read when it is asked for. */
const commands = {
  archive: () => import('./archive.command.js'),
  deidentify: () => import('./deidentify.command.js'),
  folder: () => import('./folder.command.js'),
  key: () => import('./site-key.js'),
  receive: () => import('./receive.command.js'),
  tray: () => import('./tray.command.js'),
};

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the ways in, the tray and de-identification to the group `intake`. */
export function addWaysIn(intake: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = waysWords(language);
  command(intake, 'key', words('keyAbout'))
    .requiredOption('--out <file>', words('keyOut'))
    .action(run(async (terminal, options: { readonly out: string }) => (await commands.key()).makeSiteKey(terminal, options)));
  addFolders(intake, words, command, run);
  addArchives(intake, words, command, run);
  addTray(inOurWords(intake.command('tray'), translate(language)).description(words('trayAbout')), words, command, run);
  const names = Object.keys(deidentificationOptions).join(', ');
  command(intake, 'deidentify', words('deidentifyAbout'))
    .option('--tray <folder>', words('trayOption'))
    .option('--in <paths...>', words('inOption'))
    .requiredOption('--key <file>', words('keyOption'))
    .requiredOption('--out <folder>', words('outOption'))
    .option('--options <names>', words('optionsOption', { options: names }), list, [...defaultDeidentification])
    .option('--accept <risks>', words('acceptOption', { risks: acceptableRisks.join(', ') }), list, [])
    .action(run(async (terminal, options: DeidentifyOptions) => (await commands.deidentify()).deidentifyCommand(terminal, options)));
}

function addFolders(intake: Command, words: WaysWords, command: MakeCommand, run: RunAction): void {
  withTray(command(intake, 'import', words('importAbout')), words)
    .argument('<paths...>', words('importPaths'))
    .action(
      run(async (terminal, paths: string[], options: TrayOptions) => (await commands.folder()).importCommand(terminal, paths, options)),
    );
  withTray(command(intake, 'watch', words('watchAbout')), words)
    .argument('<folder>', words('watchFolder'))
    .option('--settle <seconds>', words('settleOption'), number(0, 86_400), 5)
    .option('--interval <seconds>', words('intervalOption'), number(0.05, 86_400), 2)
    .option('--once', words('onceOption'))
    .action(
      run(async (terminal, folder: string, options: WatchCommandOptions) =>
        (await commands.folder()).watchCommand(terminal, folder, options),
      ),
    );
}

function addArchives(intake: Command, words: WaysWords, command: MakeCommand, run: RunAction): void {
  const withPeer = (made: Command) =>
    made
      .requiredOption('--host <address>', words('peerHost'))
      .requiredOption('--port <number>', words('peerPort'), whole(1, 65_535))
      .requiredOption('--title <title>', words('peerTitle'), title)
      .option('--calling <title>', words('callingOption'), title, 'COHORTIUM');
  const withQuery = (made: Command) =>
    made
      .option('--study <uid>', words('studyOption'))
      .option('--date <range>', words('dateOption'))
      .option('--query <file>', words('queryOption'));
  withTray(command(intake, 'receive', words('receiveAbout')), words)
    .requiredOption('--port <number>', words('portOption'), whole(0, 65_535))
    .option('--host <address>', words('hostOption'))
    .option('--title <title>', words('titleOption'), title, 'COHORTIUM')
    .option('--callers <titles>', words('callersOption'), list)
    .option('--max-associations <number>', words('associationsOption'), whole(1, 1000), 8)
    .option('--tls-cert <file>', words('tlsCert'))
    .option('--tls-key <file>', words('tlsKey'))
    .option('--tls-ca <file>', words('tlsCa'))
    .action(run(async (terminal, options: ReceiveOptions) => (await commands.receive()).receiveCommand(terminal, options)));
  withPeer(command(intake, 'echo', words('echoAbout'))).action(
    run(async (terminal, options: PeerOptions) => (await commands.archive()).echoCommand(terminal, options)),
  );
  withQuery(withTray(command(intake, 'pull', words('pullAbout')), words))
    .requiredOption('--url <url>', words('urlOption'))
    .option('--auth-file <file>', words('authOption'))
    .action(run(async (terminal, options: PullOptions) => (await commands.archive()).pullCommand(terminal, options)));
  withQuery(withPeer(withTray(command(intake, 'move', words('moveAbout')), words)))
    .requiredOption('--receive-port <number>', words('receivePortOption'), whole(1, 65_535))
    .action(run(async (terminal, options: MoveOptions) => (await commands.archive()).moveCommand(terminal, options)));
}

function addTray(tray: Command, words: WaysWords, command: MakeCommand, run: RunAction): void {
  const about = (name: string, text: string) => command(tray, name, text).requiredOption('--tray <folder>', words('trayOption')).option('--key <file>', words('keyOption')); // prettier-ignore
  about('list', words('listAbout'))
    .option('--reveal', words('revealOption'))
    .action(run(async (terminal, options: TrayCommandOptions) => (await commands.tray()).listTray(terminal, options)));
  about('show', words('showAbout'))
    .argument('<name>', words('showArgument'))
    .option('--reveal', words('revealOption'))
    .action(
      run(async (terminal, name: string, options: TrayCommandOptions) => (await commands.tray()).showInTray(terminal, name, options)),
    );
  about('resolve', words('resolveAbout'))
    .argument('<conflict>', words('resolveArgument'))
    .requiredOption('--keep <side>', words('keepOption'))
    .action(
      run(async (terminal, id: string, options: TrayCommandOptions & { readonly keep: string }) =>
        (await commands.tray()).resolveInTray(terminal, id, options),
      ),
    );
  about('release', words('releaseAbout'))
    .argument('[series...]', words('releaseArgument'))
    .action(
      run(async (terminal, names: string[], options: TrayCommandOptions) =>
        (await commands.tray()).releaseFromTray(terminal, names, options),
      ),
    );
  about('role', words('roleAbout'))
    .argument('<series>', words('releaseArgument'))
    .argument('<role>', words('roleArgument', { roles: seriesRoles.join(', ') }))
    .action(
      run(async (terminal, name: string, role: string, options: TrayCommandOptions) =>
        (await commands.tray()).assignRoleInTray(terminal, name, role, options),
      ),
    );
}

function withTray(made: Command, words: WaysWords): Command {
  return made
    .requiredOption('--tray <folder>', words('trayOption'))
    .option('--max-mib <number>', words('limitOption'), whole(1, 4096), 512);
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** An application entity title (PS3.5, 6.2, AE): up to 16 characters, no backslash. */
function title(text: string): string {
  if (!/^[\x21-\x5b\x5d-\x7e][\x20-\x5b\x5d-\x7e]{0,15}$/.test(text)) throw new InvalidArgumentError('AE');
  return text.trim();
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`${least} ... ${most}`);
    return value;
  };
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`${least} ... ${most}`);
    return value;
  };
}
