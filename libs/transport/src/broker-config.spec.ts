import { maxMessageBytes } from '@cohortium/contracts';
import { describe, expect, it } from 'vitest';
import { brokerConfig } from './broker-config.js';
import { createNkey } from './nkeys.js';

const coordinator = createNkey().publicKey;
const [h1, h2] = [createNkey().publicKey, createNkey().publicKey];
const options = { port: 4222, storeDir: '/data/store', pidFile: '/data/pid', coordinator, sites: [{ site: 'H1', nkey: h1 }] };

describe('brokerConfig', () => {
  it('listens on loopback and admits the longest message', () => {
    const text = brokerConfig(options);
    expect(text).toContain('host: "127.0.0.1"');
    expect(Number(/max_payload: (\d+)/.exec(text)?.[1])).toBeGreaterThan(maxMessageBytes);
    expect(text).not.toMatch(/http|monitor|no_auth_user|allow_responses/);
  });

  it('quotes paths, and refuses what no quoting saves', () => {
    expect(brokerConfig({ ...options, storeDir: 'C:\\nats "1" $HOME' })).toContain('store_dir: "C:\\\\nats \\"1\\" $HOME"');
    expect(() => brokerConfig({ ...options, storeDir: '/data\n}' })).toThrow('TRANSPORT.BAD_CONFIG');
  });

  it('refuses keys that are not of users, keys and sites listed twice, bad ports and codes', () => {
    const withSites =
      (...sites: { site: string; nkey: string }[]): (() => string) =>
      () =>
        brokerConfig({ ...options, sites });
    expect(withSites({ site: 'H1', nkey: h1 }, { site: 'H2', nkey: h2 })()).toContain('"SITE_H2"');
    expect(withSites({ site: 'H1', nkey: h1 }, { site: 'H2', nkey: h1 })).toThrow('TRANSPORT.BAD_CONFIG');
    expect(withSites({ site: 'H1', nkey: coordinator })).toThrow('TRANSPORT.BAD_CONFIG');
    expect(withSites({ site: 'H1', nkey: h1 }, { site: 'H1', nkey: h2 })).toThrow('TRANSPORT.BAD_CONFIG');
    expect(withSites({ site: 'H1', nkey: 'UABC' })).toThrow('TRANSPORT.BAD_CONFIG');
    expect(withSites({ site: 'H.*', nkey: h1 })).toThrow('KERNEL.BAD_CODE');
    expect(() => brokerConfig({ ...options, port: 0 })).toThrow('TRANSPORT.BAD_CONFIG');
  });

  it('works without a site', () => {
    expect(brokerConfig({ ...options, sites: [] })).toContain('COHORTIUM');
  });
});
