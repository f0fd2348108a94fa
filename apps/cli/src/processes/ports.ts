import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { cliErrors } from '../errors.js';

/** Below the ports that systems give to outgoing connections: one of those could take the port before our server does. */
const lowest = 20_000;
const highest = 32_767;
const mostTries = 200;

/** A loopback port that nobody listens on at this moment. @throws whatever the system says when it finds none */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await probe(randomInt(lowest, highest + 1));
    } catch (error) {
      if (tries === mostTries) throw error;
    }
  }
}

/** @throws `CLI.PORT_TAKEN` when something listens on the port already, or it may not be used */
export async function assertPortFree(port: number): Promise<void> {
  try {
    await probe(port);
  } catch (cause) {
    throw cliErrors.error('CLI.PORT_TAKEN', { port: String(port) }, { cause });
  }
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no address'))));
    });
  });
}
