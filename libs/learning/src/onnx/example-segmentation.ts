import onnxProto from 'onnx-proto';
import { irVersion, opsetVersion } from './graph.js';

const { onnx } = onnxProto;
const { FLOAT } = onnx.TensorProto.DataType;
const { INTS } = onnx.AttributeProto.AttributeType;

/** What the example marks. */
export interface ExampleSegmentation {
  /** Mean over 3 x 3 x 3 voxels, in the units of the input, whose probability is one half. */
  readonly threshold: number;
  /** How fast the probability rises: it is 1 / (1 + exp(-steepness (mean - threshold))). */
  readonly steepness: number;
  /** Written into the file as it is. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A segmentation network that can be worked out by hand, to try the way of a model through the platform and as a pattern for real ones: one
 * convolution that averages 3 x 3 x 3 voxels (zeros beyond the block), and a logistic function. Input `image` [1, 1, k, j, i], output
 * `probability` of the same sizes, floats both, sizes free. Equal arguments give equal bytes.
 */
export function exampleSegmentationModel({ threshold, steepness, metadata }: ExampleSegmentation): Uint8Array {
  const dims = ['one', 'channel', 'k', 'j', 'i'].map((name, at) => (at < 2 ? { dimValue: 1 } : { dimParam: name }));
  const valueInfo = (name: string, docString: string) => ({
    name,
    docString,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims } } },
  });
  const floats = (name: string, sizes: readonly number[], values: readonly number[]) => {
    const rawData = new Uint8Array(4 * values.length);
    const view = new DataView(rawData.buffer);
    values.forEach((value, at) => view.setFloat32(4 * at, value, true));
    return { name, dataType: FLOAT, dims: [...sizes], rawData };
  };
  const node = (opType: string, input: string[], output: string) => ({ name: `make_${output}`, opType, input, output: [output] });
  const convolution = {
    ...node('Conv', ['image', 'kernel'], 'mean'),
    attribute: [{ name: 'pads', type: INTS, ints: [1, 1, 1, 1, 1, 1] }],
  };
  const model = onnx.ModelProto.create({
    irVersion,
    producerName: 'cohortium',
    docString: 'Example: voxels whose mean over 3 x 3 x 3 exceeds a threshold',
    opsetImport: [{ domain: '', version: opsetVersion }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'cohortium_example_segmentation',
      node: [
        convolution,
        node('Sub', ['mean', 'threshold'], 'above'),
        node('Mul', ['above', 'steepness'], 'logit'),
        node('Sigmoid', ['logit'], 'probability'),
      ],
      initializer: [
        floats(
          'kernel',
          [1, 1, 3, 3, 3],
          Array.from({ length: 27 }, () => 1 / 27),
        ),
        floats('threshold', [], [threshold]),
        floats('steepness', [], [steepness]),
      ],
      input: [valueInfo('image', 'Voxels of a block; i fastest')],
      output: [valueInfo('probability', 'Probability that a voxel belongs to the region')],
    },
  });
  // A copy: protobufjs hands out a window into a pooled buffer.
  return Uint8Array.from(onnx.ModelProto.encode(model).finish());
}
