import onnxProto from 'onnx-proto';
import type { onnx as proto } from 'onnx-proto';

const { onnx } = onnxProto;
const double = onnx.TensorProto.DataType.DOUBLE;
const bool = onnx.TensorProto.DataType.BOOL;

/** ONNX IR version that is written: the newest that the schema package and older checkers know. */
export const irVersion = 8;
/** Version of the operator set `ai.onnx`; no other operator set is used. */
export const opsetVersion = 17;

/** A tensor's sizes; text is a size that is known when the model runs. */
export type Shape = readonly (number | string)[];

/** Collects the nodes of a graph over doubles and writes the model; the same calls give the same bytes. */
export class OnnxGraph {
  private readonly nodes: proto.INodeProto[] = [];
  private readonly initializers: proto.ITensorProto[] = [];
  private readonly inputs: proto.IValueInfoProto[] = [];
  private readonly outputs: proto.IValueInfoProto[] = [];

  /** Declares an input of doubles. Returns its name. */
  input(name: string, shape: Shape, docString: string): string {
    this.inputs.push(valueInfo(name, shape, docString));
    return name;
  }

  /** Declares an output of doubles that some node makes. */
  output(name: string, shape: Shape, docString: string): void {
    this.outputs.push(valueInfo(name, shape, docString));
  }

  /** A constant of doubles; no dimensions make a scalar. Returns its name. */
  constant(name: string, values: ArrayLike<number>, dims: readonly number[]): string {
    const rawData = new Uint8Array(8 * values.length);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i] as number, true);
    this.initializers.push({ name, dataType: double, dims: [...dims], rawData });
    return name;
  }

  /** A constant vector of truth values. Returns its name. */
  flags(name: string, values: readonly boolean[]): string {
    this.initializers.push({ name, dataType: bool, dims: [values.length], rawData: Uint8Array.from(values, Number) });
    return name;
  }

  /** Adds one operator; its single result has the name `result`, which is returned. */
  node(opType: string, operands: readonly string[], result: string): string {
    this.nodes.push({ name: `make_${result}`, opType, input: [...operands], output: [result] });
    return result;
  }

  /** The serialized ModelProto. `metadata` becomes `metadata_props`, in order. */
  encode(name: string, docString: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const model = onnx.ModelProto.create({
      irVersion,
      producerName: 'cohortium',
      docString,
      opsetImport: [{ domain: '', version: opsetVersion }],
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: { name, node: this.nodes, initializer: this.initializers, input: this.inputs, output: this.outputs },
    });
    // A copy: protobufjs hands out a window into a pooled buffer.
    return Uint8Array.from(onnx.ModelProto.encode(model).finish());
  }
}

function valueInfo(name: string, shape: Shape, docString: string): proto.IValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, docString, type: { tensorType: { elemType: double, shape: { dim } } } };
}
