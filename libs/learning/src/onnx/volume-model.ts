import onnxProto from 'onnx-proto';
import { learningErrors } from '../errors.js';
import { silenceOnnxRuntime } from './quiet.js';

/** A tensor of floats. */
export interface FloatTensor {
  readonly values: Float32Array;
  readonly dims: readonly number[];
}

/** A model from tensor to tensor, ready to run; whoever opened it closes it. */
export interface VolumeModel {
  /** Declared sizes of its input; undefined entries are free. */
  readonly inputDims: readonly (number | undefined)[];
  /** What the file states beside its graph (`metadata_props`). */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The first output for one input, of floats both.
   * @throws `LEARNING.ONNX_INPUT` where the graph does not take these sizes
   */
  run(input: FloatTensor): Promise<FloatTensor>;
  close(): Promise<void>;
}

/**
 * Opens an ONNX file with one input of floats, as networks for images have, in ONNX Runtime on one thread. Its first output is what counts.
 * @throws `LEARNING.ONNX_UNREADABLE`, `LEARNING.ONNX_INPUT`, `LEARNING.ONNX_TELEMETRY`
 */
export async function openVolumeModel(bytes: Uint8Array): Promise<VolumeModel> {
  silenceOnnxRuntime();
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    // Sums in one order, so that a site's masks do not depend on its processors.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  }).catch((cause: unknown) => {
    throw learningErrors.error('LEARNING.ONNX_UNREADABLE', {}, { cause });
  });
  const [input, ...others] = session.inputMetadata;
  const output = session.outputNames[0];
  if (input?.isTensor !== true || input.type !== 'float32' || others.length > 0 || output === undefined) {
    await session.release();
    throw learningErrors.error('LEARNING.ONNX_INPUT', { input: input?.name ?? '', reason: 'one tensor of float32 is needed' });
  }
  return {
    inputDims: input.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : undefined)),
    metadata: metadataOf(bytes),
    async run({ values, dims }) {
      try {
        const result = (await session.run({ [input.name]: new Tensor('float32', values, dims) }, [output]))[output];
        if (!(result?.data instanceof Float32Array)) throw new TypeError('float32');
        return { values: result.data, dims: result.dims };
      } catch (cause) {
        const reason = `dims ${dims.join(' x ')}`;
        throw learningErrors.error('LEARNING.ONNX_INPUT', { input: input.name, reason }, { cause });
      }
    },
    close: () => session.release(),
  };
}

/** Key-value pairs of a model; the runtime does not hand them out. */
function metadataOf(bytes: Uint8Array): Record<string, string> {
  const { metadataProps } = onnxProto.onnx.ModelProto.decode(bytes);
  return Object.fromEntries(metadataProps.map(({ key, value }) => [key ?? '', value ?? '']));
}
