import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { readText } from '../outputs/files.js';
import type { Terminal } from '../terminal.js';
import { trustErrors } from './errors.js';
import { assertOwn } from './key-file.js';
import { trustWords } from './messages.js';

/** Where a passphrase comes from. Never an argument: those stand in the list of processes and in the shell's history. */
export interface PassphraseSource {
  readonly passphraseFile?: string;
  /** Name of an environment variable. */
  readonly passphraseEnv?: string;
}

const leastLength = 12;

/**
 * The passphrase of a key: from a file of mode 0600, from a variable, or typed without echo.
 * @param options.twice ask again where it is typed: a new key whose passphrase has a typing error is lost
 * @throws `CLI.NO_PASSPHRASE`, `CLI.KEY_TOO_OPEN`, `CLI.CANNOT_READ`
 */
export async function readPassphrase(terminal: Terminal, source: PassphraseSource, options: { readonly twice: boolean }): Promise<string> {
  const words = trustWords(terminal.language);
  const refuse = (reason: string) => trustErrors.error('CLI.NO_PASSPHRASE', { reason });
  const passphrase = await obtain(source, words, options.twice, refuse);
  if (options.twice && passphrase.length < leastLength) throw refuse(words('passphraseShort', { count: leastLength }));
  if (passphrase === '') throw refuse(words('passphraseEmpty'));
  return passphrase;
}

async function obtain(
  { passphraseFile, passphraseEnv }: PassphraseSource,
  words: ReturnType<typeof trustWords>,
  twice: boolean,
  refuse: (reason: string) => Error,
): Promise<string> {
  if (passphraseFile !== undefined) {
    assertOwn(passphraseFile);
    return readText(passphraseFile).replace(/\r?\n$/, '');
  }
  if (passphraseEnv !== undefined) {
    const value = process.env[passphraseEnv];
    if (value === undefined) throw refuse(words('passphraseNoVariable', { name: passphraseEnv }));
    return value;
  }
  if (process.stdin.isTTY !== true) throw refuse(words('passphraseNoTerminal'));
  const typed = await askHidden(words('passphraseAsk'));
  if (twice && (await askHidden(words('passphraseAgain'))) !== typed) throw refuse(words('passphraseDiffers'));
  return typed;
}

function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve) =>
    reader.question('', (answer) => {
      reader.close();
      process.stderr.write('\n');
      resolve(answer);
    }),
  );
}
