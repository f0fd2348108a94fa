import { readFileSync } from 'node:fs';
import { isAppError, languageOf } from '@cohortium/kernel';
import type { Language } from '@cohortium/kernel';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ibsiDatasets, settingsPresets } from '@cohortium/radiomics';
import { analyzeWords } from './analyze/messages.js';
import type { AnalyzeOptions } from './commands/analyze.command.js';
import type { DemoOptions } from './commands/demo.command.js';
import type { ExtractOptions } from './commands/extract.command.js';
import type { IbsiCheckOptions } from './commands/ibsi-check.command.js';
import type { SelftestOptions } from './commands/ibsi-selftest.command.js';
import type { ReportOptions } from './commands/report.command.js';
import type { SimulateOptions } from './commands/simulate.command.js';
import { bundleWords } from './bundle/messages.js';
import { addCohort } from './cases/program.js';
import { addIntake } from './intake/program.js';
import type { BundleCommandOptions } from './commands/bundle.command.js';
import type { VerifyCommandOptions } from './commands/verify.command.js';
import { cliErrors } from './errors.js';
import { addMaps } from './maps/program.js';
import { addPreprocess } from './preprocess/program.js';
import { translate } from './messages.js';
import { isDiskFull } from './outputs/files.js';
import { radiomicsWords } from './radiomics/messages.js';
import { addRegions } from './regions/program.js';
import { addSynth } from './synth/program.js';
import { Terminal } from './terminal.js';
import { addTrust } from './trust/program.js';
import { inOurWords, isFinished, usageError } from './usage.js';

/** The code of a command is read when it is asked for: a federation, a browser or filters of images cost each start of the others a second. */
const commands = {
  analyze: () => import('./commands/analyze.command.js'),
  bundle: () => import('./commands/bundle.command.js'),
  check: () => import('./commands/ibsi-check.command.js'),
  demo: () => import('./commands/demo.command.js'),
  doctor: () => import('./commands/doctor.command.js'),
  extract: () => import('./commands/extract.command.js'),
  protocol: () => import('./commands/protocol.command.js'),
  report: () => import('./commands/report.command.js'),
  selftest: () => import('./commands/ibsi-selftest.command.js'),
  simulate: () => import('./commands/simulate.command.js'),
  verify: () => import('./commands/verify.command.js'),
};

/**
 * Runs the command line. Data go to stdout, words to stderr.
 * @param argv arguments after the program's name
 * @returns the exit code: 0 ok, 1 unexpected, 2 usage, 3 refused, 4 waiting for approval, 5 peer unreachable, 6 integrity, 7 too few data, 130 interrupted
 */
export async function main(argv: readonly string[]): Promise<number> {
  const language = languageAsked(argv);
  const outcome = { code: 0 };
  try {
    await program(language, outcome).parseAsync([...argv], { from: 'user' });
    return outcome.code;
  } catch (error) {
    return isFinished(error) ? 0 : complain(usageError(error, translate(language)), new Terminal(language, argv.includes('--json')));
  }
}

/** `--lang` wherever it stands, since errors about the rest are told in it; then COHORTIUM_LANG and the locale. */
function languageAsked(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Language {
  const at = argv.findIndex((argument) => argument === '--lang' || argument.startsWith('--lang='));
  const asked = at < 0 ? undefined : argv[at]?.includes('=') ? argv[at]?.split('=')[1] : argv[at + 1];
  return languageOf(asked || env['COHORTIUM_LANG'] || env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG']);
}

function program(language: Language, outcome: { code: number }): Command {
  const t = translate(language);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const root = inOurWords(new Command('cohortium'), t)
    .description(t('programAbout'))
    .version(version, '-V, --version', t('versionOption'))
    .helpCommand('help [command]', t('helpCommand'))
    .option('--lang <language>', t('langOption'), languageOption);
  const command = (parent: Command, name: string, about: string) =>
    inOurWords(parent.command(name), t)
      .description(about)
      .option('--lang <language>', t('langOption'), languageOption)
      .option('--json', t('jsonOption'));
  /** Gives an action its terminal and keeps its exit code. */
  const run =
    <A extends unknown[]>(action: (terminal: Terminal, ...args: A) => Promise<number>) =>
    async (...args: [...A, Command]) => {
      const self = args.at(-1) as Command;
      outcome.code = await action(new Terminal(language, self.opts<{ json?: true }>().json === true), ...(args.slice(0, -1) as A));
    };

  command(root, 'demo', t('demoAbout'))
    .option('--cohort <folder>', t('demoCohort'))
    .option('--protocol <file>', t('demoProtocol'))
    .option('--external <sites>', t('demoExternal'), siteList)
    .option('--out <folder>', t('demoOut'), 'out/demo')
    .option('--keep', t('demoKeep'))
    .option('--port <number>', t('demoPort'), (text: string) => wholeNumber(text, 1, 65_533))
    .option('--seed <number>', t('demoSeed'), (text: string) => wholeNumber(text, 0, 2 ** 32 - 1))
    .action(run(async (terminal, options: DemoOptions) => (await commands.demo()).demo(terminal, options)));
  command(root, 'simulate', t('simulateAbout'))
    .argument('<protocol>', t('protocolArgument'))
    .requiredOption('--cohort <folder>', t('cohortOption'))
    .option('--external <sites>', t('demoExternal'), siteList)
    .option('--pooled', t('simulatePooled'))
    .requiredOption('--out <folder>', t('outOption'))
    .action(run(async (terminal, file: string, options: SimulateOptions) => (await commands.simulate()).simulate(terminal, file, options)));
  command(root, 'report', t('reportAbout'))
    .argument('<results>', t('reportArgument'))
    .requiredOption('--out <file>', t('reportOut'))
    .option('--csv <folder>', t('reportCsv'))
    .action(run(async (terminal, file: string, options: ReportOptions) => (await commands.report()).report(terminal, file, options)));
  const protocol = inOurWords(root.command('protocol'), t).description(t('protocolAbout'));
  command(protocol, 'lint', t('lintAbout'))
    .argument('<protocol>', t('protocolArgument'))
    .action(run(async (terminal, file: string) => (await commands.protocol()).lintProtocolFile(terminal, file)));
  addTrust(root, protocol, language, command, run);
  command(root, 'doctor', t('doctorAbout')).action(run(async (terminal) => (await commands.doctor()).doctor(terminal)));
  addLedger(root, language, command, run);
  addAnalysis(root, language, command, run);
  addRadiomics(root, language, command, run);
  addSynth(root, language, command, run);
  addIntake(inOurWords(root.command('intake'), t), language, command, run);
  addRegions(inOurWords(root.command('region'), t), language, command, run);
  addMaps(inOurWords(root.command('map'), t), language, command, run);
  addPreprocess(inOurWords(root.command('preprocess'), t), language, command, run);
  addCohort(inOurWords(root.command('cohort'), t), language, command, run);
  return root;
}

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

function addLedger(root: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = bundleWords(language);
  command(root, 'bundle', words('bundleAbout'))
    .requiredOption('--study <study>', words('bundleStudy'))
    .requiredOption('--coordinator <folder>', words('bundleCoordinator'))
    .requiredOption('--out <file>', words('bundleOut'))
    .option('--full', words('bundleFull'))
    .action(run(async (terminal, options: BundleCommandOptions) => (await commands.bundle()).bundle(terminal, options)));
  command(root, 'verify', words('verifyAbout'))
    .argument('<bundle>', words('verifyArgument'))
    .option('--full', words('verifyFull'))
    .option('--roster <fingerprint>', words('verifyRoster'))
    .option('--at-least <file>', words('verifyAtLeast'))
    .action(
      run(async (terminal, file: string, options: VerifyCommandOptions) => (await commands.verify()).verify(terminal, file, options)),
    );
}

function addAnalysis(root: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = analyzeWords(language);
  command(root, 'analyze', words('analyzeAbout'))
    .argument('<operation>', words('analyzeOperation'))
    .option('--table <file>', words('analyzeTable'))
    .option('--id <column>', words('analyzeId'))
    .option('--site <column>', words('analyzeSite'))
    .option('--split <K:SEED>', words('analyzeSplit'), (text: string) => splitOption(text, words('badSplit', { text })))
    .addOption(new Option('--orient <rows|cols>', words('analyzeOrient')).choices(['rows', 'cols']).default('rows'))
    .option('--params <file|json>', words('analyzeParams'))
    .option('--pooled', words('analyzePooled'))
    .option('--rows <file>', words('analyzeRows'))
    .action(run(async (terminal, name: string, options: AnalyzeOptions) => (await commands.analyze()).analyze(terminal, name, options)));
  command(root, 'operations', words('operationsAbout'))
    .argument('[operation]', words('operationsName'))
    .action(run(async (terminal, name: string | undefined) => (await commands.analyze()).operations(terminal, name)));
}

function splitOption(text: string, complaint: string): { count: number; seed: string } {
  const [, count, seed] = /^(\d{1,4}):(.+)$/.exec(text) ?? [];
  if (count === undefined || seed === undefined || Number(count) < 1 || Number(count) > 1024) throw new InvalidArgumentError(complaint);
  return { count: Number(count), seed };
}

function addRadiomics(root: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = radiomicsWords(language);
  command(root, 'extract', words('extractAbout'))
    .option('--image <path>', words('extractImage'))
    .option('--mask <path>', words('extractMask'))
    .option('--label <number>', words('extractLabel'), (text: string) => wholeNumber(text, -(2 ** 31), 2 ** 32))
    .requiredOption('--settings <file|preset>', words('extractSettings', { presets: Object.keys(settingsPresets).join(', ') }))
    .option('--sequence <name>', words('extractSequence'))
    .option('--csv', words('extractCsv'))
    .option('--out <file>', words('extractOut'))
    .option('--batch <cases.csv>', words('extractBatch'))
    .option('--workers <number>', words('extractWorkers'), (text: string) => wholeNumber(text, 1, 256))
    .action(run(async (terminal, options: ExtractOptions) => (await commands.extract()).extractCommand(terminal, options)));
  command(root, 'ibsi-selftest', words('selftestAbout'))
    .option('--data <folder>', words('selftestData'))
    .option('--certificate <file>', words('selftestCertificate'))
    .action(run(async (terminal, options: SelftestOptions) => (await commands.selftest()).ibsiSelftest(terminal, options)));
  const datasets = Object.keys(ibsiDatasets);
  command(root, 'ibsi-check', words('checkAbout'))
    .requiredOption('--csv <file>', words('checkCsv'))
    .requiredOption('--dataset <name>', words('checkDataset', { datasets: datasets.join(', ') }), (text: string) => {
      if (!datasets.includes(text)) throw new InvalidArgumentError(datasets.join(' | '));
      return text;
    })
    .option('--data <folder>', words('checkData'))
    .action(run(async (terminal, options: IbsiCheckOptions) => (await commands.check()).ibsiCheck(terminal, options)));
}

function languageOption(text: string): string {
  if (text !== 'zh' && text !== 'en') throw new InvalidArgumentError('zh | en');
  return text;
}

function siteList(text: string): string[] {
  return text
    .split(',')
    .map((site) => site.trim())
    .filter((site) => site !== '');
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`${least} ... ${most}`);
  return value;
}

/** What, next step, code and page on stderr; in JSON mode the error is the object on stdout as well. */
function complain(error: unknown, terminal: Terminal): number {
  const known = isAppError(error)
    ? error
    : isDiskFull(error)
      ? cliErrors.error('CLI.DISK_FULL', { path: (error as NodeJS.ErrnoException).path ?? '?' })
      : undefined;
  if (known) {
    terminal.say(known.render(terminal.language));
    terminal.jsonObject({ schemaVersion: 1, error: known.toJSON() });
    return known.code === 'CLI.INTERRUPTED' ? 130 : known.exit;
  }
  terminal.say(terminal.t('unexpected', { message: error instanceof Error ? error.message : String(error) }));
  if (process.env['COHORTIUM_DEBUG'] && error instanceof Error) terminal.say(error.stack ?? '');
  terminal.jsonObject({
    schemaVersion: 1,
    error: { code: 'UNEXPECTED', params: {}, message: error instanceof Error ? error.message : String(error) },
  });
  return 1;
}
