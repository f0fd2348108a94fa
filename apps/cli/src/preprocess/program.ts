import { defaultBiasSettings, defaultRegistration, registrationKinds } from '@cohortium/imaging';
import type { Language } from '@cohortium/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import { listParser, numberParser } from '../maps/numbers.js';
import type { Terminal } from '../terminal.js';
import type { MotionOptions, RegisterOptions, ResampleOptions } from './geometry.command.js';
import type { BiasOptions, LandmarksOptions, NormalizeOptions } from './intensities.command.js';
import { preprocessWords } from './messages.js';

/** The code of a command is read when it is asked for. */
const commands = {
  geometry: () => import('./geometry.command.js'),
  intensities: () => import('./intensities.command.js'),
};

type Words = ReturnType<typeof preprocessWords>;
type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the commands on images before maps and features to the group `preprocess`. */
export function addPreprocess(preprocess: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = preprocessWords(language);
  preprocess.description(words('preprocessAbout'));
  addIntensities(preprocess, words, command, run);
  addGeometry(preprocess, words, command, run);
}

function addIntensities(preprocess: Command, words: Words, command: MakeCommand, run: RunAction): void {
  const positive = numberParser(words('badNumber'), { least: Number.MIN_VALUE });
  const whole = numberParser(words('badNumber'), { least: 1, most: 100_000, whole: true });
  const list = listParser(words('badList'));
  const bias = defaultBiasSettings;
  command(preprocess, 'n4', words('n4About'))
    .requiredOption('--image <path...>', words('imageOption'))
    .option('--mask <file>', words('regionMaskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .option('--shrink <number>', words('shrinkOption'), whole, bias.shrink)
    .option('--iterations <n,n,...>', words('iterationsOption'), list, bias.iterations)
    .option('--convergence <number>', words('convergenceOption'), numberParser(words('badNumber'), { least: 0 }), bias.convergence)
    .option('--fwhm <number>', words('fwhmOption'), positive, bias.fullWidthHalfMaximum)
    .option('--noise <number>', words('noiseOption'), positive, bias.wienerNoise)
    .option(
      '--bins <number>',
      words('binsOption'),
      numberParser(words('badNumber'), { least: 8, most: 10_000, whole: true }),
      bias.histogramBins,
    )
    .option('--spans <number>', words('spansOption'), whole, bias.spans)
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: BiasOptions) => (await commands.intensities()).correctField(terminal, options)));
  command(preprocess, 'normalize', words('normalizeAbout'))
    .requiredOption('--image <path...>', words('imageOption'))
    .addOption(
      new Option('--method <method>', words('methodOption'))
        .choices(['z-score', 'reference-tissue', 'quantile', 'landmarks'])
        .makeOptionMandatory(),
    )
    .option('--mask <file>', words('regionMaskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .addOption(new Option('--region <region>', words('regionOption')).choices(['body', 'image']).default('body'))
    .option('--percentiles <low,high>', words('percentilesOption'), list, [1, 99])
    .option('--landmarks <file>', words('landmarksOption'))
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: NormalizeOptions) => (await commands.intensities()).normalizeImages(terminal, options)));
  command(preprocess, 'landmarks', words('landmarksAbout'))
    .requiredOption('--image <path...>', words('imageOption'))
    .requiredOption('--out <file>', words('landmarksOut'))
    .action(run(async (terminal, options: LandmarksOptions) => (await commands.intensities()).learnLandmarks(terminal, options)));
}

function addGeometry(preprocess: Command, words: Words, command: MakeCommand, run: RunAction): void {
  command(preprocess, 'resample', words('resampleAbout'))
    .requiredOption('--image <path...>', words('imageOption'))
    .option('--spacing <mm,mm,mm>', words('spacingOption'), listParser(words('badList')))
    .option('--like <path>', words('likeOption'))
    .addOption(
      new Option('--method <method>', words('interpolationOption'))
        .choices(['nearest', 'linear', 'cubic-spline', 'cubic-convolution'])
        .default('linear'),
    )
    .requiredOption('--out <folder>', words('outOption'))
    .action(run(async (terminal, options: ResampleOptions) => (await commands.geometry()).resampleImages(terminal, options)));
  withSettings(command(preprocess, 'register', words('registerAbout')), words)
    .requiredOption('--fixed <path>', words('fixedOption'))
    .requiredOption('--moving <path>', words('movingOption'))
    .option('--apply <path...>', words('applyOption'))
    .option('--apply-mask <file...>', words('applyMaskOption'))
    .action(run(async (terminal, options: RegisterOptions) => (await commands.geometry()).registerPair(terminal, options)));
  withSettings(command(preprocess, 'motion', words('motionAbout')), words)
    .requiredOption('--image <path...>', words('imageOption'))
    .option('--reference <number>', words('referenceOption'), numberParser(words('badNumber'), { least: 1, whole: true }), 1)
    .action(run(async (terminal, options: MotionOptions) => (await commands.geometry()).correctMotion(terminal, options)));
}

function withSettings(made: Command, words: Words): Command {
  const whole = numberParser(words('badNumber'), { least: 1, most: 1_000_000, whole: true });
  const { kind, resolutions, iterations, samples, gridSpacingMm, bendingWeight, seed } = defaultRegistration;
  return made
    .addOption(new Option('--kind <kind>', words('kindOption')).choices([...registrationKinds]).default(kind))
    .option(
      '--resolutions <number>',
      words('resolutionsOption'),
      numberParser(words('badNumber'), { least: 1, most: 8, whole: true }),
      resolutions,
    )
    .option('--iterations <number>', words('stepsOption'), whole, iterations)
    .option('--samples <number>', words('samplesOption'), whole, samples)
    .option('--grid-spacing <mm>', words('gridSpacingOption'), numberParser(words('badNumber'), { least: 1 }), gridSpacingMm)
    .option('--bending <weight>', words('bendingOption'), numberParser(words('badNumber'), { least: 0 }), bendingWeight)
    .option('--seed <number>', words('seedOption'), whole, seed)
    .option('--mask <file>', words('similarityMaskOption'))
    .option('--any-frame-of-reference', words('anyFrameOption'))
    .requiredOption('--out <folder>', words('outOption'));
}
