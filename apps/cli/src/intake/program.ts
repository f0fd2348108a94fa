import type { Language } from '@cohortium/kernel';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { intakeWords } from './messages.js';
import { addSeries } from './series/program.js';
import { addWaysIn } from './ways/program.js';

type MakeCommand = (parent: Command, name: string, about: string) => Command;
type RunAction = <A extends unknown[]>(
  action: (terminal: Terminal, ...args: A) => Promise<number>,
) => (...args: [...A, Command]) => Promise<void>;

/** Adds the commands of the way in to the group `intake`. */
export function addIntake(intake: Command, language: Language, command: MakeCommand, run: RunAction): void {
  intake.description(intakeWords(language)('intakeAbout'));
  addSeries(intake, language, command, run);
  addWaysIn(intake, language, command, run);
}
