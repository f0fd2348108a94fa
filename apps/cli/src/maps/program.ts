import { adcUnits } from '@cohortium/imaging';
import type { Language } from '@cohortium/kernel';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import type { DceOptions, FtvOptions } from './dce.command.js';
import type { AdcOptions, DiffusionOptions } from './diffusion.command.js';
import type { KineticOptions } from './kinetic.command.js';
import { imageKinds } from './image-kinds.js';
import { mapWords } from './messages.js';
import { modelNames, populationInputs } from './names.js';
import { listParser, numberParser } from './numbers.js';
import type { T1Options } from './t1.command.js';

/** The code of a command is read when it is asked for. */
const commands = {
  dce: () => import('./dce.command.js'),
  diffusion: () => import('./diffusion.command.js'),
  kinetic: () => import('./kinetic.command.js'),
  t1: () => import('./t1.command.js'),
};

type Words = ReturnType<typeof mapWords>;
type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the commands that make parameter maps to the group `map`. */
export function addMaps(map: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = mapWords(language);
  map.description(words('mapAbout'));
  addDce(map, words, command, run);
  addKinetic(map, words, command, run);
  addDiffusion(map, words, command, run);
}

function withTimes(made: Command, words: Words): Command {
  return made
    .requiredOption('--image <path...>', words('imageOption'))
    .addOption(new Option('--kind <kind>', words('kindOption')).choices(imageKinds))
    .option('--times <s,s,...>', words('timesOption'), listParser(words('badList')))
    .option('--time-step <s>', words('timeStepOption'), numberParser(words('badNumber'), { least: 1e-3 }))
    .option('--pre <number>', words('preOption'), numberParser(words('badNumber'), { least: 1, whole: true }), 1)
    .requiredOption('--out <folder>', words('outOption'));
}

function withVoi(made: Command, words: Words): Command {
  const number = numberParser(words('badNumber'), { least: 0 });
  return made
    .option('--voi <i,j,k,i,j,k>', words('voiOption'), listParser(words('badList')))
    .option('--voi-mm <x,y,z,x,y,z>', words('voiMmOption'), listParser(words('badList')))
    .option('--voi-from <path>', words('voiFromOption'))
    .option('--voi-mask <file>', words('voiMaskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .option('--pe-threshold <percent>', words('peThresholdOption'), number, 70)
    .option('--background <share>', words('backgroundOption'), number, 0.6)
    .option('--min-neighbors <number>', words('minNeighborsOption'), number, 4)
    .option('--min-ser <ratio>', words('minSerOption'), number, 0);
}

function addDce(map: Command, words: Words, command: MakeCommand, run: RunAction): void {
  const phase = numberParser(words('badNumber'), { least: 1, whole: true });
  withVoi(withTimes(command(map, 'dce', words('dceAbout')), words), words)
    .option('--early <number>', words('earlyOption'), phase)
    .option('--late <number>', words('lateOption'), phase)
    .action(run(async (terminal, options: DceOptions) => (await commands.dce()).mapDce(terminal, options)));
  withVoi(command(map, 'ftv', words('ftvAbout')), words)
    .requiredOption('--ser <path>', words('serOption'))
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: FtvOptions) => (await commands.dce()).mapFtv(terminal, options)));
}

function addKinetic(map: Command, words: Words, command: MakeCommand, run: RunAction): void {
  const number = numberParser(words('badNumber'));
  const positive = numberParser(words('badNumber'), { least: Number.MIN_VALUE });
  const models = Object.keys(modelNames);
  withTimes(command(map, 'kinetic', words('kineticAbout')), words)
    .addOption(new Option('--model <model>', words('modelOption', { models: models.join(', ') })).choices(models).makeOptionMandatory())
    .option('--aif <name|file>', words('aifOption', { names: populationInputs.join(', ') }))
    .option('--aif-mask <file>', words('aifMaskOption'))
    .option('--aif-t1 <ms>', words('aifT1Option'), positive)
    .option('--aif-blood', words('aifBloodOption'))
    .option('--hematocrit <share>', words('hematocritOption'), numberParser(words('badNumber'), { least: 0, most: 0.99 }))
    .option('--arrival <s>', words('arrivalOption'), number)
    .option('--dose <mmol/kg>', words('doseOption'), positive, 0.1)
    .option('--t1 <ms|file>', words('t1Option'))
    .option('--r1 <number>', words('r1Option'), positive, 4.5)
    .option('--flip-angle <degrees>', words('flipAngleOption'), positive)
    .option('--tr <ms>', words('trOption'), positive)
    .option('--concentration', words('concentrationOption'))
    .option('--mask <file>', words('maskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .option('--min-signal <share>', words('minSignalOption'), numberParser(words('badNumber'), { least: 0, most: 1 }))
    .option('--delay <s|auto>', words('delayOption'), (text: string) => (text === 'auto' ? text : String(number(text))))
    .option('--fill <value>', words('fillOption'), number)
    .action(run(async (terminal, options: KineticOptions) => (await commands.kinetic()).mapKinetic(terminal, options)));
  command(map, 't1', words('t1About'))
    .requiredOption('--image <path...>', words('imageOption'))
    .addOption(new Option('--kind <kind>', words('kindOption')).choices(imageKinds))
    .option('--flip-angles <degrees,...>', words('flipAnglesOption'), listParser(words('badList')))
    .option('--tr <ms>', words('trOption'), positive)
    .addOption(new Option('--method <method>', words('t1MethodOption')).choices(['nonlinear', 'linear']).default('nonlinear'))
    .option('--b1 <number|file>', words('b1Option'))
    .option('--mask <file>', words('maskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: T1Options) => (await commands.t1()).mapT1(terminal, options)));
}

function addDiffusion(map: Command, words: Words, command: MakeCommand, run: RunAction): void {
  const units = Object.keys(adcUnits);
  command(map, 'adc', words('adcAbout'))
    .option('--image <path...>', words('imageOption'))
    .addOption(new Option('--kind <kind>', words('kindOption')).choices(imageKinds))
    .option('--b <b,b,...>', words('bOption'), listParser(words('badList')))
    .addOption(new Option('--method <method>', words('adcMethodOption')).choices(['wls', 'ols']).default('wls'))
    .option('--min-b <b>', words('minBOption'), numberParser(words('badNumber'), { least: 0 }), 0)
    .option('--mask <file>', words('maskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .option('--vendor-map <path>', words('vendorMapOption'))
    .option('--unit <unit>', words('unitOption', { units: units.join(', ') }), (text: string) => {
      if (!units.includes(text)) throw new InvalidArgumentError(units.join(' | '));
      return text;
    })
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: AdcOptions) => (await commands.diffusion()).mapAdc(terminal, options)));
  command(map, 'ivim', words('ivimAbout'))
    .requiredOption('--image <path...>', words('imageOption'))
    .addOption(new Option('--kind <kind>', words('kindOption')).choices(imageKinds))
    .option('--b <b,b,...>', words('bOption'), listParser(words('badList')))
    .option('--mask <file>', words('maskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: DiffusionOptions) => (await commands.diffusion()).mapIvim(terminal, options)));
}
