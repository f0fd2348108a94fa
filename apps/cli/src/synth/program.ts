import type { Language } from '@cohortium/kernel';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { synthWords } from './messages.js';
import type { SynthOptions } from './synth.command.js';

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds `cohortium synth`. The code of the command is read when it is asked for. */
export function addSynth(root: Command, language: Language, command: MakeCommand, run: RunAction): void {
  const words = synthWords(language);
  const whole = (least: number, most: number) => (text: string) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`${least} ... ${most}`);
    return value;
  };
  command(root, 'synth', words('synthAbout'))
    .requiredOption('--sites <number>', words('sitesOption'), whole(1, 200))
    .requiredOption('--cases <number>', words('casesOption'), whole(1, 9999))
    .requiredOption('--seed <number>', words('seedOption'), whole(0, 2 ** 32 - 1))
    .requiredOption('--out <folder>', words('outOption'))
    .option('--size <CxRxS>', words('sizeOption'), (text: string) => sizeOption(text, words('badSize')), [64, 64, 16])
    .addOption(new Option('--form <form>', words('formOption')).choices(['classic', 'enhanced', 'mixed']).default('mixed'))
    .option('--ideal', words('idealOption'))
    .option('--perfusion <share>', words('perfusionOption'), (text: string) => shareOption(text, words('badShare')), 0)
    .option('--workers <number>', words('workersOption'), whole(1, 256))
    .action(run(async (terminal, options: SynthOptions) => (await import('./synth.command.js')).synth(terminal, options)));
}

function sizeOption(text: string, complaint: string): readonly [number, number, number] {
  const [, columns, rows, slices] = /^(\d{1,4})x(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  if (slices === undefined) throw new InvalidArgumentError(complaint);
  return [Number(columns), Number(rows), Number(slices)];
}

function shareOption(text: string, complaint: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 0.5)) throw new InvalidArgumentError(complaint);
  return value;
}
