import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  return path;
}

const complete = {
  COHORTIUM_DATA_DIR: join(folder, 'data'),
  COHORTIUM_DATABASE_URL_FILE: file('url', 'postgres://r:hunter2@127.0.0.1:5432/d\n'),
  COHORTIUM_NATS_URL: 'nats://127.0.0.1:4222,tls://broker.example:4223',
  COHORTIUM_NKEY_FILE: file('seed', 'SUHUNTER2\n'),
};

describe('readConfig', () => {
  it('reads every setting once, with defaults, and freezes it', () => {
    const config = readConfig(complete);
    expect(config).toMatchObject({
      databaseUrl: 'postgres://r:hunter2@127.0.0.1:5432/d',
      natsUrls: ['nats://127.0.0.1:4222', 'tls://broker.example:4223'],
      httpPort: 0,
      reissueMs: 5000,
      logLevel: 'info',
      language: 'en',
    });
    expect(new TextDecoder().decode(config.nkeySeed)).toBe('SUHUNTER2');
    expect(Object.isFrozen(config)).toBe(true);
    expect(statSync(config.dataDir).mode & 0o777).toBe(0o700);
    expect(readConfig({ ...complete, COHORTIUM_LANG: 'zh_CN', COHORTIUM_HTTP_PORT: '8080', COHORTIUM_REISSUE_MS: '100' })).toMatchObject({
      language: 'zh',
      httpPort: 8080,
      reissueMs: 100,
    });
  });

  it.each([
    [{ COHORTIUM_DATA_DIR: undefined }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_DATA_DIR'],
    [{ COHORTIUM_DATA_DIR: '' }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_DATA_DIR'],
    [{ COHORTIUM_HTTP_PORT: '99999' }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_HTTP_PORT'],
    [{ COHORTIUM_HTTP_PORT: 'hunter2' }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_HTTP_PORT'],
    [{ COHORTIUM_NATS_URL: 'http://hunter2' }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_NATS_URL'],
    [{ COHORTIUM_LOG_LEVEL: 'hunter2' }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_LOG_LEVEL'],
    [{ COHORTIUM_REISSUE_MS: '1' }, 'COORDINATOR.BAD_SETTING', 'COHORTIUM_REISSUE_MS'],
    [{ COHORTIUM_DATABASE_URL_FILE: file('open', 'hunter2', 0o644) }, 'COORDINATOR.BAD_SECRET_FILE', 'COHORTIUM_DATABASE_URL_FILE'],
    [{ COHORTIUM_DATABASE_URL_FILE: file('empty', '\n') }, 'COORDINATOR.BAD_SECRET_FILE', 'COHORTIUM_DATABASE_URL_FILE'],
    [{ COHORTIUM_NKEY_FILE: file('words', 'hunter2 hunter2') }, 'COORDINATOR.BAD_SECRET_FILE', 'COHORTIUM_NKEY_FILE'],
    [{ COHORTIUM_NKEY_FILE: join(folder, 'hunter2') }, 'COORDINATOR.BAD_SECRET_FILE', 'COHORTIUM_NKEY_FILE'],
    [{ COHORTIUM_DATA_DIR: join(folder, 'url', 'hunter2') }, 'COORDINATOR.BAD_DATA_DIR', 'COHORTIUM_DATA_DIR'],
  ])('refuses %o by name, without its value', (changes, code, name) => {
    const attempt = (): unknown => readConfig({ ...complete, ...changes });
    expect(attempt).toThrow(expect.objectContaining({ code, exit: 2 }));
    try {
      attempt();
    } catch (error) {
      const { render } = error as { render(language: 'en' | 'zh'): string };
      const text = render.call(error, 'en') + render.call(error, 'zh');
      expect(text).toContain(name);
      expect(text).not.toContain('hunter2');
    }
  });
});
