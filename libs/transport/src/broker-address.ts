import { isIP } from 'node:net';
import { transportErrors } from './errors.js';

/** True for an address that never leaves the machine: 127.0.0.0/8, ::1, or the name `localhost`. Any other name may resolve anywhere. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/**
 * Refuses brokers on other machines that would be reached without encryption. Keys authenticate; they do not encrypt.
 * @param servers `nats://host:port` or `tls://host:port`
 * @throws `TRANSPORT.PLAIN_BROKER`
 */
export function assertEncrypted(servers: readonly string[]): void {
  for (const server of servers) {
    const url = URL.parse(server.includes('://') ? server : `nats://${server}`);
    if (url === null || (url.protocol !== 'tls:' && !isLoopback(url.hostname)))
      throw transportErrors.error('TRANSPORT.PLAIN_BROKER', { server: url?.host ?? '?' });
  }
}

/** True when the link to any of the servers is to be encrypted; then it is to all. */
export function wantsTls(servers: readonly string[]): boolean {
  return servers.some((server) => server.startsWith('tls://'));
}
