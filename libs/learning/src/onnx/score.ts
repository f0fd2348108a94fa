import type { InferenceSession } from 'onnxruntime-node';
import { learningErrors } from '../errors.js';
import { silenceOnnxRuntime } from './quiet.js';

/** What {@link scoreOnnx} feeds the graph; see `onnxModel` for meaning and order of the columns. */
export interface OnnxInputs {
  /** Row-major rowCount x p, raw units, NaN where missing. */
  readonly features: Float64Array;
  readonly rowCount: number;
  /** Row-major rowCount x c; only for a model with covariates. */
  readonly covariates?: Float64Array;
  /** Site effects by feature; only for a model with ComBat. */
  readonly gammaStar?: Float64Array;
  readonly deltaStar?: Float64Array;
}

/**
 * Probabilities of an ONNX file for some rows, by ONNX Runtime on one thread. The runtime is loaded on first use, since
 * programs that only write models need not carry it, and its session is released before this returns.
 * @returns row-major rowCount x M, models in the order of the file
 * @throws `LEARNING.ONNX_UNREADABLE` where the bytes are no such model, `LEARNING.ONNX_INPUT` where an input is missing or of a
 * wrong size, or a site effect is not finite or, for `delta_star`, not positive; `LEARNING.ONNX_TELEMETRY`
 */
export async function scoreOnnx(bytes: Uint8Array, inputs: OnnxInputs): Promise<Float64Array> {
  silenceOnnxRuntime();
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      // As written: no optimizer of any release may trade digits for speed.
      graphOptimizationLevel: 'disabled',
      executionMode: 'sequential',
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw learningErrors.error('LEARNING.ONNX_UNREADABLE', {}, { cause });
  }
  try {
    const feeds = checkedInputs(session, inputs);
    const modelCount = sizes(session.outputMetadata, 'probability')?.at(-1);
    if (modelCount === undefined) throw learningErrors.error('LEARNING.ONNX_UNREADABLE');
    if (inputs.rowCount === 0) return new Float64Array(0);
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor('float64', data, dims)]));
    const { probability } = await session.run(tensors, ['probability']);
    return Float64Array.from(probability?.data as Float64Array);
  } finally {
    await session.release();
  }
}

interface Feed {
  readonly data: Float64Array;
  readonly dims: readonly number[];
}

/** The inputs that the file declares, after a check of their sizes. */
function checkedInputs(
  session: InferenceSession,
  { features, rowCount, covariates, gammaStar, deltaStar }: OnnxInputs,
): Record<string, Feed> {
  const given: Readonly<Record<string, Float64Array | undefined>> = { features, covariates, gamma_star: gammaStar, delta_star: deltaStar };
  const feeds: Record<string, Feed> = {};
  for (const input of session.inputNames) {
    const refuse = (reason: string) => learningErrors.error('LEARNING.ONNX_INPUT', { input, reason });
    const data = given[input];
    if (!data) throw refuse('missing');
    const dims = sizes(session.inputMetadata, input)?.map((size) => size ?? rowCount);
    if (!dims) throw learningErrors.error('LEARNING.ONNX_UNREADABLE');
    const length = dims.reduce((product, size) => product * size, 1);
    if (data.length !== length) throw refuse(`${data.length} values, not ${length}`);
    // Only features may be missing; NaN elsewhere would pass through the model without a sign.
    if (input !== 'features' && !data.every(Number.isFinite)) throw refuse('a value is not finite');
    if (input === 'delta_star' && !data.every((d) => d > 0)) throw refuse('a variance ratio is not positive');
    feeds[input] = { data, dims };
  }
  return feeds;
}

/** Declared sizes of a tensor of doubles; undefined entries are free. Undefined where there is no such tensor. */
function sizes(metadata: readonly InferenceSession.ValueMetadata[], name: string): (number | undefined)[] | undefined {
  const value = metadata.find((candidate) => candidate.name === name);
  if (!value?.isTensor || value.type !== 'float64') return undefined;
  return value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : undefined));
}
