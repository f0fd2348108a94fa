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

/** How the client library is told to encrypt. */
export interface TlsSettings {
  readonly ca?: string;
  readonly host?: string;
}

/**
 * TLS towards these servers; undefined where all of them are on this machine and none asks for it. The client library hands a name to the check of
 * the certificate, but no IP address: the check would then be against "localhost". So the address is given to it here, which works for one.
 * @throws `TRANSPORT.BAD_CONFIG` for several servers of which one is named by an IP address
 */
export function tlsSettings(servers: readonly string[], ca: string | undefined): TlsSettings | undefined {
  if (!servers.some((server) => server.startsWith('tls://'))) return undefined;
  const hosts = servers.map((server) => (URL.parse(server)?.hostname ?? '').replace(/^\[|\]$/g, ''));
  const address = hosts.find((host) => isIP(host) !== 0);
  if (address !== undefined && servers.length > 1)
    throw transportErrors.error('TRANSPORT.BAD_CONFIG', { reason: 'several brokers under TLS need names, not IP addresses' });
  return { ...(ca === undefined ? {} : { ca }), ...(address === undefined ? {} : { host: address }) };
}
