import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { brokerConfig } from '@cohortium/transport';
import { cliErrors } from '../errors.js';
import { minimalEnvironment } from '../processes/child-spec.js';
import type { ChildSpec } from '../processes/child-spec.js';
import { poll } from '../processes/pause.js';

const readyTimeoutMs = 60_000;

/** What the broker must know before it starts. */
export interface BrokerPlan {
  /** Path of nats-server. */
  readonly binary: string;
  /** The broker's own folder, which exists. */
  readonly folder: string;
  readonly port: number;
  /** Public keys; nobody else may connect. */
  readonly coordinator: string;
  readonly sites: readonly { readonly site: string; readonly nkey: string }[];
}

/** Writes the broker's configuration (mode 0600) and says how to start it: loopback, JetStream on disk, no monitoring port. */
export function prepareBroker(plan: BrokerPlan): ChildSpec {
  const storeDir = join(plan.folder, 'jetstream');
  mkdirSync(storeDir, { mode: 0o700 });
  const file = join(plan.folder, 'nats.conf');
  const { port, coordinator, sites } = plan;
  writeFileSync(file, brokerConfig({ port, storeDir, pidFile: join(plan.folder, 'nats.pid'), coordinator, sites }), { mode: 0o600 });
  return {
    name: 'broker',
    kind: 'broker',
    file: plan.binary,
    args: ['-c', file],
    env: minimalEnvironment(plan.folder),
    cwd: plan.folder,
    stopSignal: 'SIGTERM',
  };
}

/** Waits until the broker greets connections. @throws `CLI.NOT_READY` */
export async function waitForBroker(port: number, signal?: AbortSignal): Promise<void> {
  const ready = await poll(() => greets(port), { everyMs: 25, timeoutMs: readyTimeoutMs, signal });
  if (!ready) throw cliErrors.error('CLI.NOT_READY', { what: 'nats-server', seconds: readyTimeoutMs / 1000 });
}

/** A NATS server speaks first: `INFO {...}`. */
function greets(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (answer: true | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('INFO ') ? true : undefined));
  });
}
