import { createRequire } from 'node:module';

/** Samples that a codec gave back. */
export interface CodecOutput {
  /** One byte per sample up to 8 bits, else two, little endian; samples of a pixel side by side. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
  /** True where samples above 8 bits are two's complement of 16 bits. */
  readonly isSigned: boolean;
}

/** Codecs that are WebAssembly: JPEG-LS, JPEG 2000 and JPEG of 8 bits. */
export type CodecName = 'jpegLs' | 'jpeg2000' | 'jpeg';

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned?: boolean };
  decode(): void;
  delete(): void;
}

type Instance = Readonly<Record<string, new () => Decoder>> & { readonly HEAPU8: Uint8Array };
type Factory = (options: object) => Promise<Instance>;

const modules: Readonly<Record<CodecName, readonly [path: string, decoder: string]>> = {
  jpegLs: ['@cornerstonejs/codec-charls/decodewasmjs', 'JpegLSDecoder'],
  jpeg2000: ['@cornerstonejs/codec-openjpeg/decodewasmjs', 'J2KDecoder'],
  jpeg: ['@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs', 'JPEGDecoder'],
};
/** Memory of an instance never shrinks; one that grew beyond this is given up. */
const heapLimitBytes = 2 ** 29;

const load = createRequire(import.meta.url);
const instances = new Map<CodecName, Instance>();
/** Codecs that were ready once. */
const known = new Set<CodecName>();

/**
 * Makes the codecs ready, after which frames are decoded without waiting. Costs nothing where they are; call it again before each file, since a
 * damaged frame can end an instance.
 */
export async function loadCodecs(): Promise<void> {
  for (const name of Object.keys(modules) as CodecName[]) if (!instances.has(name)) await start(name);
}

async function start(name: CodecName): Promise<void> {
  instances.set(name, await (load(modules[name][0]) as Factory)({ print: silent, printErr: silent }));
  known.add(name);
}

/**
 * Decodes one frame.
 * @returns undefined where the codec refuses the data, or was ended by an earlier frame and is not ready again
 * @throws Error when {@link loadCodecs} was not awaited
 */
export function runCodec(name: CodecName, frame: Uint8Array): CodecOutput | undefined {
  const instance = instances.get(name);
  if (instance === undefined) {
    if (!known.has(name)) throw new Error(`loadCodecs() comes before ${name}`);
    return undefined;
  }
  let decoder: Decoder | undefined;
  try {
    decoder = new (instance[modules[name][1]] as new () => Decoder)();
    decoder.getEncodedBuffer(frame.length).set(frame);
    decoder.decode();
    const { width: columns, height: rows, bitsPerSample: precision, componentCount: components, isSigned } = decoder.getFrameInfo();
    // The decoded buffer is a view of memory that the next frame uses again.
    return { bytes: decoder.getDecodedBuffer().slice(), rows, columns, components, precision, isSigned: isSigned === true };
  } catch (error) {
    // C++ exceptions leave the instance as it was; a trap or an abort of the module does not.
    if (error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError')) instances.delete(name);
    return undefined;
  } finally {
    release(name, instance, decoder);
  }
}

function release(name: CodecName, instance: Instance, decoder: Decoder | undefined): void {
  try {
    decoder?.delete();
  } catch {
    instances.delete(name);
  }
  if (instance.HEAPU8.length > heapLimitBytes) instances.delete(name);
}

function silent(): void {
  // What a codec prints about a damaged frame becomes an error of the frame.
}
