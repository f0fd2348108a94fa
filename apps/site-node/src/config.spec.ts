import { describe, expect, it } from 'vitest';
import { languageOfEnvironment, readConfig, readIdentityConfig } from './config.js';

const environment = {
  COHORTIUM_SITE: 'H1',
  COHORTIUM_DATA_DIR: '/var/lib/cohortium',
  COHORTIUM_DATABASE_URL_FILE: '/run/secrets/url',
  COHORTIUM_NATS_URL: 'nats://one:4222, tls://two:4222',
};

describe('the configuration', () => {
  it('is read once, with defaults, and frozen', () => {
    const config = readConfig(environment);
    expect(config).toMatchObject({
      site: 'H1',
      logLevel: 'info',
      language: 'en',
      release: '0.1.0',
      brokers: ['nats://one:4222', 'tls://two:4222'],
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.brokers)).toBe(true);
  });

  it.each([
    ['COHORTIUM_SITE', 'H 1!secret'],
    ['COHORTIUM_DATA_DIR', 'relative/secret'],
    ['COHORTIUM_DATABASE_URL_FILE', 'postgres://a:secret@b/c'],
    ['COHORTIUM_NATS_URL', 'http://user:secret@host'],
    ['COHORTIUM_NATS_URL', 'nats://user:secret@host:4222'],
    ['COHORTIUM_LOG_LEVEL', 'secret'],
    ['COHORTIUM_RELEASE', 'secret'.repeat(10)],
  ])('names %s when it is wrong, and never shows its value', (variable, value) => {
    const read = () => readConfig({ ...environment, [variable]: value });
    expect(read).toThrow(expect.objectContaining({ code: 'SITE.BAD_CONFIG', params: expect.objectContaining({ variable }) }));
    expect(read).not.toThrow(/secret/);
  });

  it('tells a missing variable, and needs less for the identity', () => {
    expect(() => readConfig({ ...environment, COHORTIUM_NATS_URL: undefined })).toThrow(
      expect.objectContaining({ params: { variable: 'COHORTIUM_NATS_URL', reason: 'missing' } }),
    );
    expect(readIdentityConfig({ COHORTIUM_SITE: 'H1', COHORTIUM_DATA_DIR: '/x' })).toEqual({ site: 'H1', dataDir: '/x' });
  });

  it('speaks the language of the environment', () => {
    expect(languageOfEnvironment({ LANG: 'zh_CN.UTF-8' })).toBe('zh');
    expect(languageOfEnvironment({ LANG: 'zh_CN.UTF-8', COHORTIUM_LANG: 'en' })).toBe('en');
  });
});
