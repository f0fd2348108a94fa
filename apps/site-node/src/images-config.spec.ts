import { siteKeyFile } from '@cohortium/intake';
import { isAppError } from '@cohortium/kernel';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImagesConfig } from './images-config.js';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-images-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
  return path;
}

const key = write('site.key', siteKeyFile(Buffer.alloc(32, 3)));
const plan = write('plan.yaml', 'name: p\nsettings: {}\nimages: { T2: { from: t2w } }\nregions: { tumor: { segment: 1 } }\n');
const rules = write('rules.yaml', 'dce: { required: true }\n');
const whole = { schemaVersion: 1, tray: '/srv/tray', watch: ['/mnt/inbox'], receiver: { port: 0 }, extraction: { plan, key, rules } };
const read = (document: object | string) =>
  readImagesConfig(write('images.yaml', typeof document === 'string' ? document : JSON.stringify(document)));

async function refusalOf(document: object | string): Promise<unknown> {
  return read(document).then(
    () => undefined,
    (error: unknown) => (isAppError(error) ? { code: error.code, ...error.params } : error),
  );
}

describe('the file about images', () => {
  it('has every default written out, and what its files hold', async () => {
    const { intake, extraction } = await read(whole);
    expect(intake).toEqual({
      tray: '/srv/tray',
      watch: ['/mnt/inbox'],
      settleMs: 5000,
      maxObjectBytes: 512 * 2 ** 20,
      receiver: { title: 'COHORTIUM', port: 0, maxAssociations: 8 },
    });
    expect(extraction).toMatchObject({
      tray: '/srv/tray',
      release: 'person',
      rules: { dce: { required: true } },
      certificate: null,
      deidentification: ['cleanDescriptors', 'retainModifiedDates', 'retainSafePrivate'],
      accept: [],
      quietMs: 60_000,
    });
    expect(extraction?.plan.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await read({ schemaVersion: 1, tray: '/srv/tray' })).toEqual({
      intake: { tray: '/srv/tray', watch: [], settleMs: 5000, maxObjectBytes: 512 * 2 ** 20 },
    });
  });

  it.each<[string, object | string, string]>([
    ['an unknown key', { ...whole, trays: '/x' }, '$'],
    ['a path that is not absolute', { ...whole, tray: 'secret' }, '$.tray'],
    ['a title that no application entity has', { ...whole, receiver: { title: 'far too long a title' } }, '$.receiver.title'],
    [
      'an option that PS3.15 does not have',
      { ...whole, extraction: { plan, key, deidentification: ['secret'] } },
      '$.extraction.deidentification.0',
    ],
    ['a risk that nobody can accept', { ...whole, extraction: { plan, key, accept: ['maybeBurnedIn'] } }, '$.extraction.accept.0'],
    ['text that is no YAML', 'tray: [secret', '$'],
    ['a certificate of another kind', { ...whole, extraction: { plan, key, certificate: rules } }, '$.extraction.certificate'],
  ])('is refused with %s, with the place and without the value', async (_, document, path) => {
    const refusal = await refusalOf(document);
    expect(refusal).toMatchObject({ code: 'SITE.BAD_IMAGES_FILE', path });
    expect(JSON.stringify(refusal)).not.toContain('secret');
  });

  it('is refused with files that are missing, open to others or of another kind', async () => {
    const withKey = (path: string) => ({ ...whole, extraction: { plan, key: path } });
    expect(await refusalOf(withKey(join(folder, 'none')))).toMatchObject({ code: 'SITE.FILE_MISSING' });
    expect(await refusalOf(withKey(write('open.key', siteKeyFile(Buffer.alloc(32)), 0o644)))).toMatchObject({ code: 'SITE.TOO_OPEN' });
    expect(await refusalOf(withKey(rules))).toMatchObject({ code: 'INTAKE.BAD_KEY' });
    expect(await refusalOf({ ...whole, extraction: { plan: rules, key } })).toMatchObject({ code: 'RADIOMICS.BAD_PLAN' });
    expect(await refusalOf({ ...whole, extraction: { plan, key, rules: plan } })).toMatchObject({ code: 'IMAGING.BAD_RULES' });
  });
});
