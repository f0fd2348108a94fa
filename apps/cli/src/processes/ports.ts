import { createServer } from 'node:net';
import { cliErrors } from '../errors.js';

/** A loopback port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return probe(0);
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
