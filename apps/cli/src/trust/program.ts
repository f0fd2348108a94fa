import type { Language } from '@cohortium/kernel';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { translate } from '../messages.js';
import type { Translate } from '../messages.js';
import { inOurWords } from '../usage.js';
import { addPreview } from '../preview/program.js';
import type { KeyCreateOptions } from './key.command.js';
import { trustWords } from './messages.js';
import type { SignOptions } from './sign.command.js';

/** The code of a command is read when it is asked for. */
const commands = {
  diff: () => import('./diff.command.js'),
  enroll: () => import('./enroll.command.js'),
  key: () => import('./key.command.js'),
  provision: () => import('./provision.command.js'),
  roster: () => import('./roster.command.js'),
  sign: () => import('./sign.command.js'),
  images: () => import('./site-images.command.js'),
  site: () => import('./site.command.js'),
};

type Words = ReturnType<typeof trustWords>;
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
  addRoster(root, words, translate(language), command, run, withPassphrase);
  addEnrollment(root, words, translate(language), command, run);
  addOperations(root, words, translate(language), command, run);
  command(protocol, 'diff', words('diffAbout'))
    .argument('<older>', words('diffOld'))
    .argument('<newer>', words('diffNew'))
    .action(run(async (terminal, before: string, after: string) => (await commands.diff()).diffProtocolFiles(terminal, before, after)));
}

function addRoster(
  root: Command,
  words: Words,
  t: Translate,
  command: MakeCommand,
  run: RunAction,
  withPassphrase: (made: Command) => Command,
): void {
  const roster = inOurWords(root.command('roster'), t).description(words('rosterAbout'));
  withPassphrase(command(roster, 'sign', words('rosterSignAbout')))
    .argument('<roster>', words('rosterArgument'))
    .requiredOption('--key <file>', words('signKey'))
    .requiredOption('--out <file>', words('enrollOut'))
    .action(
      run(async (terminal, file: string, options: { readonly key: string; readonly out: string }) =>
        (await commands.roster()).signRosterFile(terminal, file, options),
      ),
    );
  command(roster, 'verify', words('rosterVerifyAbout'))
    .argument('<roster>', words('rosterArgument'))
    .action(run(async (terminal, file: string) => (await commands.roster()).verifyRosterFile(terminal, file)));
}

function addEnrollment(root: Command, words: Words, t: Translate, command: MakeCommand, run: RunAction): void {
  const enroll = inOurWords(root.command('enroll'), t).description(words('enrollAbout'));
  command(enroll, 'code', words('enrollCodeAbout'))
    .requiredOption('--out <file>', words('enrollCodeOut'))
    .action(run(async (terminal, options: { readonly out: string }) => (await commands.enroll()).makeCode(terminal, options)));
  command(enroll, 'request', words('enrollRequestAbout'))
    .requiredOption('--record <file>', words('enrollRecord'))
    .requiredOption('--code <file>', words('enrollCode'))
    .requiredOption('--out <file>', words('enrollOut'))
    .action(
      run(async (terminal, options: { readonly record: string; readonly code: string; readonly out: string }) =>
        (await commands.enroll()).makeRequest(terminal, options),
      ),
    );
  command(enroll, 'accept', words('enrollAcceptAbout'))
    .argument('<file>', words('enrollFile'))
    .requiredOption('--site <code>', words('enrollSite'))
    .requiredOption('--code <file>', words('enrollCode'))
    .requiredOption('--key <file>', words('enrollKey'))
    .requiredOption('--broker <url>', words('enrollBroker'))
    .option('--ca <file>', words('enrollCa'))
    .requiredOption('--out <file>', words('enrollOut'))
    .action(
      run(async (terminal, file: string, options: { site: string; code: string; key: string; broker: string; ca?: string; out: string }) =>
        (await commands.enroll()).acceptRequest(terminal, file, options),
      ),
    );
  command(enroll, 'confirm', words('enrollConfirmAbout'))
    .argument('<file>', words('enrollFile'))
    .requiredOption('--record <file>', words('enrollRecord'))
    .requiredOption('--code <file>', words('enrollCode'))
    .action(
      run(async (terminal, file: string, options: { readonly record: string; readonly code: string }) =>
        (await commands.enroll()).confirmAnswer(terminal, file, options),
      ),
    );
}

function addOperations(root: Command, words: Words, t: Translate, command: MakeCommand, run: RunAction): void {
  const site = inOurWords(root.command('site'), t).description(words('siteAbout'));
  const orders = { pause: words('sitePauseAbout'), resume: words('siteResumeAbout'), stop: words('siteStopAbout') };
  for (const order of ['pause', 'resume', 'stop'] as const)
    command(site, order, orders[order])
      .requiredOption('--data-dir <folder>', words('dataDirOption'))
      .action(run(async (terminal, options: { readonly dataDir: string }) => (await commands.site()).orderSite(terminal, order, options)));
  command(site, 'images', words('imagesAbout'))
    .requiredOption('--data-dir <folder>', words('dataDirOption'))
    .action(run(async (terminal, options: { readonly dataDir: string }) => (await commands.images()).showImages(terminal, options)));
  const provision = inOurWords(root.command('provision'), t).description(words('provisionAbout'));
  command(provision, 'tls', words('provisionTlsAbout'))
    .requiredOption('--host <hosts>', words('hostOption'), (text: string) =>
      text
        .split(',')
        .map((host) => host.trim())
        .filter(Boolean),
    )
    .option('--days <number>', words('daysOption'), Number, 365)
    .requiredOption('--out <folder>', words('tlsOut'))
    .action(
      run(async (terminal, options: { host: string[]; days: number; out: string }) =>
        (await commands.provision()).provisionTls(terminal, options),
      ),
    );
}
