import { FolderWatch, IntakeTray, startReceiver } from '@cohortium/intake';
import type { Receiver, ReceiverEvent, Tally } from '@cohortium/intake';
import { isAppError } from '@cohortium/kernel';
import { parentPort, workerData } from 'node:worker_threads';
import type { IntakeConfig } from '../images-config.js';
import type { IntakeEvent } from './messages.js';

/** The intake thread: takes what comes into the tray, and says how many; what it was stays in the tray. */
const { tray: folder, watch, settleMs, maxObjectBytes, receiver: asked } = workerData as IntakeConfig;
const clock = { nowMs: () => Date.now() };
const stopped = new AbortController();
const tell = (event: IntakeEvent): void => parentPort?.postMessage(event);

function tellTally({ stored, known, rejected, unread = {} }: Tally): void {
  tell({ type: 'taken', stored, known, rejected, unread });
}

function tellObject(event: ReceiverEvent): void {
  if (event.kind === 'refused') tell({ type: 'refused', reason: event.reason });
  if (event.kind !== 'object') return;
  const { outcome, reason = outcome } = event;
  const isTaken = outcome === 'stored' || outcome === 'known';
  const counts = { stored: Number(outcome === 'stored'), known: Number(outcome === 'known') };
  tell({ type: 'taken', ...counts, rejected: isTaken ? {} : { [reason]: 1 }, unread: {} });
}

async function run(): Promise<void> {
  const tray = IntakeTray.open(folder, clock, maxObjectBytes);
  let receiver: Receiver | undefined;
  if (asked !== undefined) {
    const { title, port, host, callers, maxAssociations, tls } = asked;
    const options = {
      title,
      port,
      maxAssociations,
      maxObjectBytes,
      ...(host && { host }),
      ...(callers && { callers }),
      ...(tls && { tls }),
    };
    receiver = await startReceiver({ ...options, store: (bytes, source) => tray.receive(bytes, source), onEvent: tellObject });
  }
  tell({ type: 'ready', port: receiver?.port ?? null });
  const watches = watch.map((watched) =>
    new FolderWatch({ folder: watched, tray, clock, maxObjectBytes, settleMs, onRound: tellTally }).run(stopped.signal),
  );
  parentPort?.once('message', () => stopped.abort());
  await Promise.all([...watches, new Promise((done) => stopped.signal.addEventListener('abort', done))]);
  await receiver?.close();
}

run().then(
  () => parentPort?.close(),
  (error: unknown) => {
    tell({ type: 'failed', reason: isAppError(error) ? error.code : ((error as NodeJS.ErrnoException).code ?? 'UNEXPECTED') });
    process.exit(1);
  },
);
