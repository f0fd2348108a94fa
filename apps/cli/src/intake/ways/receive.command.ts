import { startReceiver } from '@cohortium/intake';
import type { IntakeTray, Receiver, ReceiverEvent, Tally, Way } from '@cohortium/intake';
import { readText } from '../../outputs/files.js';
import { cliErrors } from '../../errors.js';
import type { Terminal } from '../../terminal.js';
import { assertOwn } from '../../trust/key-file.js';
import { waysWords } from './messages.js';
import { openTray, stopAsked, tellTally } from './tray-options.js';
import type { TrayOptions } from './tray-options.js';

/** TLS by files. */
export interface TlsOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** Options of `cohortium intake receive`. */
export interface ReceiveOptions extends TrayOptions, TlsOptions {
  readonly port: number;
  readonly host?: string;
  readonly title: string;
  readonly callers?: readonly string[];
  readonly maxAssociations: number;
}

/** `cohortium intake receive`: until stopped. */
export async function receiveCommand(terminal: Terminal, options: ReceiveOptions): Promise<number> {
  const tray = openTray(options);
  const { receiver, tally } = await listen(terminal, tray, options, 'store');
  await stopAsked().asked;
  await receiver.close();
  tray.refresh();
  tellTally(terminal, tally);
  terminal.jsonObject({ schemaVersion: 1, ...tally, conflicts: tray.conflicts().length });
  return 0;
}

/** Starts the receiver and counts what comes. */
export async function listen(
  terminal: Terminal,
  tray: IntakeTray,
  options: ReceiveOptions,
  way: Way,
): Promise<{ receiver: Receiver; tally: Tally }> {
  const words = waysWords(terminal.language);
  const tally: Tally = { stored: 0, known: 0, rejected: {} };
  const reject = (reason: string) => (tally.rejected[reason] = (tally.rejected[reason] ?? 0) + 1);
  const onEvent = (event: ReceiverEvent) => {
    if (event.kind === 'refused') terminal.say(words('refusedAssociation', { reason: event.reason }));
    if (event.kind !== 'object') return;
    if (event.outcome === 'stored' || event.outcome === 'known') tally[event.outcome]++;
    else if (event.outcome === 'failed') terminal.say(words('objectFailed', { reason: event.reason ?? '?' }));
    if (event.outcome === 'rejected' || event.outcome === 'tooLarge' || event.outcome === 'failed')
      reject(event.outcome === 'rejected' ? (event.reason ?? '') : event.outcome);
    terminal.status(`${tally.stored + tally.known}`);
  };
  const tls = tlsOf(terminal, options);
  const receiver = await startReceiver({
    port: options.port,
    ...(options.host === undefined ? {} : { host: options.host }),
    title: options.title,
    ...(options.callers === undefined ? {} : { callers: options.callers }),
    maxAssociations: options.maxAssociations,
    maxObjectBytes: options.maxMib * 2 ** 20,
    ...(tls === undefined ? {} : { tls }),
    way,
    store: (bytes, source) => tray.receive(bytes, source),
    onEvent,
  });
  terminal.say(words('listening', { port: String(receiver.port), title: options.title }));
  return { receiver, tally };
}

/** PEM texts of the TLS options. @throws `CLI.USAGE`, `CLI.CANNOT_READ`, `CLI.KEY_TOO_OPEN` */
function tlsOf(terminal: Terminal, { tlsCert, tlsKey, tlsCa }: TlsOptions): { cert: string; key: string; ca?: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw cliErrors.error('CLI.USAGE', { problem: waysWords(terminal.language)('tlsPair') });
  const key = readText(tlsKey);
  assertOwn(tlsKey);
  return { cert: readText(tlsCert), key, ...(tlsCa === undefined ? {} : { ca: readText(tlsCa) }) };
}
