import { biorthogonal } from './wavelet-tables/biorthogonal.js';
import { coiflets } from './wavelet-tables/coiflets.js';
import { daubechies } from './wavelet-tables/daubechies.js';
import { symlets } from './wavelet-tables/symlets.js';

const orthogonal = { haar: daubechies.db1, ...daubechies, ...symlets, ...coiflets } as const;

type OrthogonalName = keyof typeof orthogonal;
type BiorthogonalName = keyof typeof biorthogonal;
/** A wavelet by the name that PyWavelets gives it: `haar`, `db2`, `sym4`, `coif1`, `dmey`, `bior2.2`, `rbio2.2`, ... */
export type WaveletName = OrthogonalName | BiorthogonalName | `rbio${string & (BiorthogonalName extends `bior${infer N}` ? N : never)}`;

/** All wavelets. */
export const waveletNames: readonly WaveletName[] = [
  ...(Object.keys(orthogonal) as OrthogonalName[]),
  ...(Object.keys(biorthogonal) as BiorthogonalName[]),
  ...Object.keys(biorthogonal).map((name) => name.replace('bior', 'rbio') as WaveletName),
];

/** Low-pass and high-pass analysis filter of a wavelet, as convolution kernels of one even length. */
export interface AnalysisPair {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * The analysis filters of a wavelet.
 * @example analysisPair('haar') // { low: [s, s], high: [-s, s] } with s = sqrt(1/2)
 */
export function analysisPair(name: WaveletName): AnalysisPair {
  const [low, synthesis] = lowPassPair(name);
  // The high-pass filter is the synthesis low-pass one modulated (quadrature mirror).
  return { low, high: synthesis.map((tap, n) => (n % 2 === 0 ? -tap : tap)) };
}

/** Low-pass filters of analysis and synthesis. */
function lowPassPair(name: WaveletName): readonly [readonly number[], readonly number[]] {
  if (name in orthogonal) {
    const low = orthogonal[name as OrthogonalName];
    return [low, low.toReversed()];
  }
  if (name in biorthogonal) {
    const { analysis, synthesis } = biorthogonal[name as BiorthogonalName];
    return [analysis, synthesis];
  }
  // A reverse biorthogonal wavelet swaps the two, turned around.
  const { analysis, synthesis } = biorthogonal[name.replace('rbio', 'bior') as BiorthogonalName];
  return [synthesis.toReversed(), analysis.toReversed()];
}
