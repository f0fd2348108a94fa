import type { Language } from '@cohortium/kernel';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import type { CompareOptions } from './compare.command.js';
import type { ExportOptions } from './export.command.js';
import type { GrowCommandOptions } from './grow.command.js';
import type { MaskOptions } from './mask.command.js';
import { regionWords } from './messages.js';
import { numberList, oneNumber, oneWhole } from './options.js';
import type { PerturbOptions } from './perturb.command.js';
import type { RingCommandOptions } from './ring.command.js';
import type { SegmentOptions } from './segment.command.js';

/** The code of a command is read when it is asked for. */
const commands = {
  compare: () => import('./compare.command.js'),
  exampleModel: () => import('./example-model.command.js'),
  export: () => import('./export.command.js'),
  grow: () => import('./grow.command.js'),
  list: () => import('./list.command.js'),
  mask: () => import('./mask.command.js'),
  perturb: () => import('./perturb.command.js'),
  ring: () => import('./ring.command.js'),
  segment: () => import('./segment.command.js'),
};

type Words = ReturnType<typeof regionWords>;
type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the commands about regions to the group `region`. */
export function addRegions(region: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = regionWords(language);
  region.description(words('regionAbout'));
  command(region, 'list', words('listAbout'))
    .argument('<file>', words('fileArgument'))
    .action(run(async (terminal, file: string) => (await commands.list()).listRegions(terminal, file)));
  withQuestion(command(region, 'mask', words('maskAbout')).aliases(['from-seg', 'from-rtstruct']), words)
    .argument('<file>', words('fileArgument'))
    .requiredOption('--image <path>', words('imageOption'))
    .requiredOption('--out <file>', words('outMask'))
    .action(run(async (terminal, file: string, options: MaskOptions) => (await commands.mask()).maskRegion(terminal, file, options)));
  addDerived(region, words, command, run);
  withQuestion(command(region, 'compare', words('compareAbout')), words)
    .argument('<a>', words('compareA'))
    .argument('<b>', words('compareB'))
    .option('--image <path>', words('compareImage'))
    .option('--segment-b <number>', words('segmentB'), oneWhole)
    .action(
      run(async (terminal, a: string, b: string, options: CompareOptions) =>
        (await commands.compare()).compareRegionFiles(terminal, a, b, options),
      ),
    );
  withQuestion(command(region, 'export-seg', words('exportAbout')), words)
    .requiredOption('--mask <file...>', words('exportMask'))
    .option('--name <name...>', words('exportName'))
    .requiredOption('--image <folder>', words('exportImage'))
    .option('--type <concept>', words('exportType'))
    .option('--fractional', words('exportFractional'))
    .addOption(
      new Option('--algorithm <type>', words('exportAlgorithm')).choices(['AUTOMATIC', 'SEMIAUTOMATIC', 'MANUAL']).default('SEMIAUTOMATIC'),
    )
    .requiredOption('--out <file>', words('outSegmentation'))
    .action(run(async (terminal, options: ExportOptions) => (await commands.export()).exportSegmentation(terminal, options)));
}

/** Options that say which region of a file is meant. */
function withQuestion(made: Command, words: Words): Command {
  return made
    .option('--segment, --label <number>', words('segmentOption'), oneWhole)
    .option('--roi <name>', words('roiOption'))
    .option('--threshold <share>', words('thresholdOption'), oneNumber)
    .addOption(new Option('--resample <method>', words('resampleOption')).choices(['none', 'nearest']).default('none'))
    .option('--plane-tolerance <slices>', words('planeToleranceOption'), oneNumber)
    .option('--any-frame-of-reference', words('anyFrameOption'));
}

function addDerived(region: Command, words: Words, command: MakeCommand, run: RunAction): void {
  const list = (text: string) => numberList(text);
  withQuestion(command(region, 'ring', words('ringAbout')), words)
    .requiredOption('--mask <file>', words('maskOption'))
    .requiredOption('--mm <list>', words('mmOption'), list)
    .option('--image <path>', words('ringImage'))
    .option('--body <file>', words('bodyOption'))
    .option('--body-threshold <signal>', words('bodyThresholdOption'), oneNumber)
    .addOption(new Option('--distance <to>', words('distanceOption')).choices(['surface', 'centers']).default('surface'))
    .requiredOption('--out <folder>', words('outFolder'))
    .action(run(async (terminal, options: RingCommandOptions) => (await commands.ring()).ringRegion(terminal, options)));
  command(region, 'grow', words('growAbout'))
    .requiredOption('--image <path>', words('growImage'))
    .option('--before <path>', words('beforeOption'))
    .option('--phases <after,before>', words('phasesOption'), (text: string) => numberList(text, { exactly: 2, whole: true }))
    .option('--seed <i,j,k>', words('seedOption'), (text: string) => numberList(text, { exactly: 3, whole: true }))
    .option('--seed-mm <x,y,z>', words('seedMmOption'), (text: string) => numberList(text, { exactly: 3 }))
    .option('--box <list>', words('boxOption'), (text: string) => numberList(text, { exactly: 6, whole: true }))
    .option('--membership <share>', words('membershipOption'), oneNumber)
    .requiredOption('--out <file>', words('outMask'))
    .action(run(async (terminal, options: GrowCommandOptions) => (await commands.grow()).growRegionFile(terminal, options)));
  command(region, 'segment', words('segmentAbout'))
    .requiredOption('--image <path>', words('segmentImage'))
    .requiredOption('--model <file>', words('modelOption'))
    .requiredOption('--out <file>', words('outMask'))
    .action(run(async (terminal, options: SegmentOptions) => (await commands.segment()).segmentImage(terminal, options)));
  command(region, 'example-model', words('exampleAbout'))
    .requiredOption('--out <file>', words('outModel'))
    .action(
      run(async (terminal, options: { readonly out: string }) => (await commands.exampleModel()).writeExampleModel(terminal, options)),
    );
  withQuestion(command(region, 'perturb', words('perturbAbout')), words)
    .requiredOption('--image <path>', words('perturbImage'))
    .requiredOption('--mask <file>', words('maskOption'))
    .option('--rotate <degrees>', words('rotateOption'), list, [0])
    .option('--translate <voxels>', words('translateOption'), list, [0])
    .option('--noise', words('noiseOption'))
    .option('--volume <shares>', words('volumeOption'), list, [0])
    .option('--contour', words('contourOption'))
    .option('--count <number>', words('countOption'), oneWhole, 1)
    .option('--seed <number>', words('randomSeedOption'), oneWhole, 1)
    .requiredOption('--out <folder>', words('outFolder'))
    .action(run(async (terminal, options: PerturbOptions) => (await commands.perturb()).perturbRegion(terminal, options)));
}
