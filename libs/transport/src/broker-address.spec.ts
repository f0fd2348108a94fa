import { describe, expect, it } from 'vitest';
import { brokerConfig } from './broker-config.js';
import { assertEncrypted, isLoopback } from './broker-address.js';
import { connectLink } from './link.js';
import { createNkey } from './nkeys.js';

describe('a broker on another machine', () => {
  it.each(['127.0.0.1', '127.255.0.3', 'localhost', 'LOCALHOST', '::1', '[::1]'])('%s is this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '10.0.0.1', '::', '127.0.0.1.example.org', 'localhost.example.org', '127evil', '128.0.0.1', '::ffff:10.0.0.1', ''])(
    '%s is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );

  it.each([
    'nats://broker.example:4222',
    'broker.example:4222',
    'nats://10.1.2.3:4222',
    'nats://127.0.0.1.example.org:4222',
    'ws://127.0.0.1@evil',
    'nonsense://',
  ])('is not reached in clear: %s', async (server) => {
    const refused = expect.objectContaining({ code: 'TRANSPORT.PLAIN_BROKER' }) as unknown;
    expect(() => assertEncrypted(['nats://127.0.0.1:4222', server])).toThrow(refused);
    const options = { nkeySeed: createNkey().seed, name: 'x', inboxPrefix: '_INBOX.x', log: () => undefined, firstConnectTimeoutMs: 1 };
    await expect(connectLink({ ...options, servers: [server] })).rejects.toThrow(refused);
  });

  it('listens with a certificate or not at all', () => {
    const plan = { port: 4222, storeDir: '/s', pidFile: '/p', coordinator: createNkey().publicKey, sites: [] };
    expect(() => brokerConfig({ ...plan, host: '0.0.0.0' })).toThrow(expect.objectContaining({ code: 'TRANSPORT.BAD_CONFIG' }));
    const text = brokerConfig({ ...plan, host: '0.0.0.0', tls: { certFile: '/b/server.pem', keyFile: '/b/server.key' } });
    expect(text).toContain('tls {\n  cert_file: "/b/server.pem"\n  key_file: "/b/server.key"');
    expect(brokerConfig(plan)).not.toContain('tls');
    expect(text + brokerConfig(plan)).not.toContain('allow_responses');
  });
});
