import { applyFilter, parseFilterSettings, responseMapTests } from '@cohortium/radiomics';
import { describe, expect, it } from 'vitest';
import { ibsi2Folder, phase1Tests, readIbsi2Volume, settingsOfTest } from './ibsi2-reference.js';

if (!ibsi2Folder) console.warn('IBSI 2 response maps are skipped: COHORTIUM_REFERENCE names no folder with ibsi2/tests.json.');

/** The rule of the standard: every voxel within this part of the reference map's range. */
const tolerance = 0.01;

describe.skipIf(!ibsi2Folder)('IBSI 2 phase 1', () => {
  for (const [id, test] of Object.entries(ibsi2Folder ? phase1Tests() : {})) {
    it(`the self-test takes the settings of ${id} that the reference data state`, () => {
      expect(responseMapTests[id.replaceAll('_', '.')]).toEqual({
        phantom: test.phantom,
        filter: parseFilterSettings(settingsOfTest(test)),
      });
    });

    it(`response map ${id}`, () => {
      const response = applyFilter(readIbsi2Volume('phantoms', test.phantom as string), parseFilterSettings(settingsOfTest(test)));
      const reference = readIbsi2Volume('response_maps', id);
      expect(response.geometry.dimensions).toEqual(reference.geometry.dimensions);
      let low = Infinity;
      let high = -Infinity;
      let gap = 0;
      reference.values.forEach((wanted, at) => {
        low = Math.min(low, wanted);
        high = Math.max(high, wanted);
        const here = Math.abs((response.values[at] as number) - wanted);
        // NaN is no match.
        gap = here <= gap ? gap : here;
      });
      const deviation = gap / (high - low);
      console.info(`IBSI 2 map ${id}: largest deviation ${(100 * deviation).toPrecision(3)} % of the range (allowed ${100 * tolerance} %)`);
      expect(deviation).toBeLessThanOrEqual(tolerance);
    });
  }
});
