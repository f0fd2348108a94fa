import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A socket of a process as the kernel lists it. */
export interface ProcessSocket {
  readonly protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'raw' | 'raw6' | 'unix' | 'other';
  readonly listening: boolean;
  /** `127.0.0.1:4222`; the path of a unix socket, empty where it has none. */
  readonly remote: string;
}

const listenState = '0A';
/** How often a socket of no table is looked for, and how far apart. */
const looks = 20;
const lookAgainMs = 100;
/** Of unix sockets: __SO_ACCEPTCON, somebody accepts connections. */
const acceptsConnections = 0x10000;

/**
 * Every socket that a process holds at this moment: its descriptors that are sockets, looked up in the tables of its network
 * namespace (proc(5)). Threads share descriptors, so worker threads are included. A socket in none of the tables is `other`, if it stays so: a
 * TCP socket is in none of them before it is connected and once its connection is dead, until it is closed.
 */
export function socketsOf(pid: number): ProcessSocket[] {
  for (let look = 1; ; look++) {
    const sockets = heldSockets(pid);
    if (look === looks || sockets.every(({ protocol }) => protocol !== 'other')) return sockets;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookAgainMs);
  }
}

function heldSockets(pid: number): ProcessSocket[] {
  const before = new Set(inodesOf(pid));
  const tables = new Map<string, ProcessSocket>();
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'] as const) {
    for (const fields of rowsOf(`/proc/${pid}/net/${protocol}`)) {
      const [, , remote = '', state] = fields;
      tables.set(fields[9] ?? '', { protocol, listening: protocol.startsWith('tcp') && state === listenState, remote: address(remote) });
    }
  }
  for (const fields of rowsOf(`/proc/${pid}/net/unix`)) {
    const listening = (Number.parseInt(fields[3] ?? '0', 16) & acceptsConnections) !== 0;
    tables.set(fields[6] ?? '', { protocol: 'unix', listening, remote: fields[7] ?? '' });
  }
  // Only what was there before and after: a socket that came or went meanwhile may be missing in the tables.
  const held = inodesOf(pid).filter((inode) => before.has(inode));
  return held.map((inode) => tables.get(inode) ?? { protocol: 'other', listening: false, remote: '' });
}

/** Processes that a process has started and that still live. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

function inodesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      // Closed since the listing.
      return [];
    }
  });
}

function rowsOf(path: string): string[][] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/));
}

/** `0100007F:1F90` is 127.0.0.1:8080: the address is in host order (little endian), the port is not. */
function address(hex: string): string {
  const [host = '', port = ''] = hex.split(':');
  const shown = host.length === 8 ? [...Buffer.from(host, 'hex').reverse()].join('.') : host;
  return `${shown}:${Number.parseInt(port, 16)}`;
}
