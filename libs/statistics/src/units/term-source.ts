import { matrixSpecSchema, modelMatrix } from '../model-matrix/model-matrix.js';
import type { MatrixSpec } from '../model-matrix/model-matrix.js';
import type { UnitSource } from './units.js';

/** Complete rows as units, columns the terms of a model matrix: category indicators and products too. @throws `STATISTICS.NO_COLUMN` */
export const termSource: UnitSource<MatrixSpec> = {
  recipe: matrixSpecSchema,
  units: (rows, recipe) =>
    rows.memo(`term units ${recipe.hash}`, () => {
      const { rowIndex, columnCount, values } = modelMatrix(rows, recipe);
      const columns = Array.from({ length: columnCount }, (_, j) =>
        Float64Array.from(rowIndex, (__, i) => values[i * columnCount + j] as number),
      );
      const siteIndex = Int32Array.from(rowIndex, (row) => rows.siteIndex[row] as number);
      return { count: rowIndex.length, siteIndex, columns, groups: new Int32Array(rowIndex.length) };
    }),
  columnCount: ({ terms }) => terms.length,
  groupCount: () => 1,
};
