import { regionErrors } from '@cohortium/imaging';
import type { SegmentationModel, SegmentationModelSpec } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import { openVolumeModel } from '@cohortium/learning';
import { z } from 'zod';

/** Key of the metadata under which a model states what it takes. */
export const modelSpecKey = 'cohortium.segmentation';

const triple = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);
const specSchema = z.strictObject({
  spacingMm: triple.nullable().default(null),
  normalization: z.enum(['none', 'zScore', 'percentiles']).default('none'),
  patch: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]).nullable().default(null),
  overlap: z.number().min(0).max(0.9).default(0.5),
  multipleOf: z.int().positive().max(256).default(1),
  channels: z.int().positive().max(1024).default(1),
  channel: z.int().min(0).default(0),
  activation: z.enum(['none', 'sigmoid', 'softmax']).default('none'),
  threshold: z.number().gt(0).lt(1).default(0.5),
  largestOnly: z.boolean().default(false),
});

/** A model that is open; whoever opened it closes it. */
export interface OpenModel {
  readonly model: SegmentationModel;
  close(): Promise<void>;
}

/**
 * Opens an ONNX file as a segmentation model. Its input has the sizes [1, 1, k, j, i], its output [1, channels, k, j, i], both floats; its
 * metadata `cohortium.segmentation` is a JSON object with the fields of {@link SegmentationModelSpec}, each of which has a default.
 * @throws `REGION.BAD_MODEL`, `LEARNING.ONNX_TELEMETRY`
 */
export async function openOnnxModel(bytes: Uint8Array): Promise<OpenModel> {
  const volumeModel = await openVolumeModel(bytes).catch((error: unknown) => {
    if (isAppError(error) && error.code === 'LEARNING.ONNX_UNREADABLE') throw fault('unreadable', error);
    if (isAppError(error) && error.code === 'LEARNING.ONNX_INPUT') throw fault('input', error);
    throw error;
  });
  try {
    const spec = specOf(volumeModel.metadata[modelSpecKey]);
    const dims = volumeModel.inputDims;
    if (dims.length !== 5) throw regionErrors.error('REGION.BAD_MODEL', { problem: 'input', field: '' });
    // A graph of fixed sizes sees patches of these.
    const [k, j, i] = [dims[2], dims[3], dims[4]];
    const patch = spec.patch ?? (i !== undefined && j !== undefined && k !== undefined ? ([i, j, k] as const) : null);
    const model: SegmentationModel = {
      spec: { ...spec, patch },
      async run(block, size) {
        const output = await volumeModel.run({ values: block, dims: [1, 1, size[2], size[1], size[0]] });
        const expected = [1, spec.channels, size[2], size[1], size[0]];
        if (output.dims.length !== 5 || output.dims.some((size, at) => size !== expected[at]))
          throw regionErrors.error('REGION.BAD_MODEL', { problem: 'output', field: '' });
        return output.values;
      },
    };
    return { model, close: () => volumeModel.close() };
  } catch (error) {
    await volumeModel.close();
    throw error;
  }
}

function fault(problem: 'unreadable' | 'input', cause: unknown): Error {
  return regionErrors.error('REGION.BAD_MODEL', { problem, field: '' }, { cause });
}

function specOf(text: string | undefined): SegmentationModelSpec {
  const fault = (field: string) => regionErrors.error('REGION.BAD_MODEL', { problem: 'spec', field });
  if (text === undefined) throw fault(modelSpecKey);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fault('JSON');
  }
  const parsed = specSchema.safeParse(json);
  if (!parsed.success) throw fault(parsed.error.issues[0]?.path.join('.') ?? '');
  return parsed.data;
}
