import type { SeededRandom } from './random.js';
import { exp, ln } from './special.js';

/** Layers of the ziggurat, where its base ends, and the area of each layer. */
const layers = 128;
const baseEnd = 3.442619855899;
const layerArea = 9.91256303526217e-3;

/** Right edges of the layers, and how far each reaches under the next. */
const edges = new Float64Array(layers + 1);
const shares = new Float64Array(layers);

edges[0] = layerArea / exp(-0.5 * baseEnd * baseEnd);
edges[1] = baseEnd;
for (let i = 2; i < layers; i++) {
  const before = edges[i - 1] as number;
  edges[i] = Math.sqrt(-2 * ln(layerArea / before + exp(-0.5 * before * before)));
}
for (let i = 0; i < layers; i++) shares[i] = (edges[i + 1] as number) / (edges[i] as number);

/**
 * One draw from the standard normal distribution by the ziggurat: a table instead of logarithms, for images full of noise. Values have 25 bits;
 * {@link SeededRandom.normal} has all.
 * @see Marsaglia and Tsang 2000, doi:10.18637/jss.v005.i08; Doornik 2005, "An improved ziggurat method to generate normal random samples"
 */
export function normalNoise(random: SeededRandom): number {
  for (;;) {
    const word = random.word();
    const layer = word & (layers - 1);
    const u = (word >>> 7) / 0x1000000 - 1;
    const share = shares[layer] as number;
    const edge = edges[layer] as number;
    if (u < share && u > -share) return u * edge;
    if (layer === 0) return u < 0 ? -tail(random) : tail(random);
    const x = u * edge;
    const next = edges[layer + 1] as number;
    const high = exp(-0.5 * (edge * edge - x * x));
    const low = exp(-0.5 * (next * next - x * x));
    if (low + random.uniform() * (high - low) < 1) return x;
  }
}

/** Beyond the base. @see Marsaglia 1964, doi:10.2307/1266101 */
function tail(random: SeededRandom): number {
  for (;;) {
    const x = -ln(1 - random.uniform()) / baseEnd;
    const y = -ln(1 - random.uniform());
    if (y + y > x * x) return baseEnd + x;
  }
}
