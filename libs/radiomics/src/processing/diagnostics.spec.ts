import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNifti, toRoiMask } from '@cohortium/imaging';
import { describe, expect, it } from 'vitest';
import { passes } from '../ibsi/compare.js';
import { parseReferenceTable } from '../ibsi/reference-table.js';
import { settingsPresets } from '../settings/presets.js';
import { resolveSettings } from '../settings/resolve.js';
import { diagnostics } from './diagnostics.js';

const reference = process.env['COHORTIUM_REFERENCE'];
if (!reference) console.warn('COHORTIUM_REFERENCE is not set: the processing chain is not compared with the CT phantom');

describe.skipIf(!reference)('diagnostic features of the CT phantom', () => {
  const file = (name: string) => readFileSync(join(reference as string, 'ibsi1', name));
  it.each(['a', 'b', 'c'] as const)('configuration %s: every row of the standard', (letter) => {
    const image = readNifti(file('ct_phantom/image.nii.gz'));
    const mask = toRoiMask(readNifti(file('ct_phantom/mask.nii.gz')));
    const values = new Map(
      diagnostics(image, mask, resolveSettings(settingsPresets[`ibsi-${letter}`])).map(({ tag, value }) => [tag, value]),
    );
    const rows = parseReferenceTable(file(`reference_config_${letter.toUpperCase()}.csv`).toString('utf8')).filter(({ family }) =>
      family.startsWith('Diagnostics'),
    );
    expect(rows).toHaveLength(60);
    const failed = rows
      .filter(({ tag, value, tolerance }) => !passes(values.get(tag) ?? NaN, value as number, tolerance as number))
      .map(({ tag, value, tolerance }) => ({ tag, value, tolerance, ours: values.get(tag) }));
    expect(failed).toEqual([]);
  });
});
