import { DeidentificationProfile, SiteKey } from '@cohortium/imaging';
import { testSlice } from '@cohortium/testkit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PseudonymRegistry, deidentifyBatch } from './deidentify-batch.js';
import { describe as describeObject } from './tray/tray-entry.js';

const scratch = mkdtempSync(join(tmpdir(), 'cohortium-batch-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const key = new SiteKey(new Uint8Array(32).fill(5));

function run(objects: readonly Uint8Array[]) {
  const paths: string[] = [];
  const registry = PseudonymRegistry.open(join(scratch, 'registry.json'));
  const request = { key, profile: new DeidentificationProfile([]) };
  return { ...deidentifyBatch(objects.length, (at) => objects[at] as Uint8Array, request, registry, (path) => paths.push(path)), paths }; // prettier-ignore
}

describe('de-identification of many objects', () => {
  it('tells no number that it emptied, neither by a path nor in derived values', () => {
    const numbers = { '00200011': ['IS', '654321'], '00200100': ['IS', '654321'] } as const;
    const { derived, paths } = run([
      testSlice({ patientId: '654321', sopInstanceUid: '1.2.276.9.8.1', instanceNumber: 654321, more: numbers }),
      testSlice({ patientId: 'HOSP-7', sopInstanceUid: '1.2.276.9.8.2', instanceNumber: 12, more: { '00200011': ['IS', '3'] } }),
    ]);
    expect(derived.map(({ instanceNumber, temporalPosition }) => [instanceNumber, temporalPosition])).toEqual([[null, null], [12, null]]); // prettier-ignore
    expect(paths[0]).toMatch(/\/series-0000-[^/]+\/00000-[^/]+\.dcm$/);
    expect(paths[1]).toMatch(/\/series-0003-[^/]+\/00012-[^/]+\.dcm$/);
  });

  it('gives a person the pseudonym that the tray gives her, however her identifier is written', () => {
    const written = (id: Buffer, set: string) =>
      testSlice({ patientId: id.toString('latin1'), sopInstanceUid: '1.2.276.9.8.3', more: { '00080005': ['CS', set] } });
    const objects = [written(Buffer.from('Mu\u0308-71'), 'ISO_IR 192'), written(Buffer.from('M\u00fc-71', 'latin1'), 'ISO_IR 100')];
    const entries = objects.map((bytes) => describeObject(bytes, '0'.repeat(64), { way: 'folder', push: 'p' }, 0));
    expect(entries.map(({ patientId }) => patientId)).toEqual(['M\u00fc-71', 'M\u00fc-71']);
    for (const [at, bytes] of objects.entries())
      expect(Object.keys(run([bytes]).record.participants)).toEqual([key.pseudonym(entries[at] ?? { patientId: '', issuer: '' }).code]);
  });
});
