// What is measured, each function in a process of its own. Images are made here; making them is not counted.
import {
  adcMap,
  convolveExponential,
  correctBias,
  kineticMaps,
  parkerAif,
  plasmaFromBlood,
  signalFromConcentration,
} from '@cohortium/imaging';
import { SeededRandom } from '@cohortium/numerics';

const side = 256;
const times = 40;
/** Curves that the volume is filled with. */
const kinds = 499;
const echo = { repetitionTimeMs: 5, flipAngleDeg: 15, relaxivityPerMmS: 4.5 };
const t1Ms = 1400;

/** Times, input and some hundred tissues with a noise of 1 %; the first is free of noise. */
export function tissues(/** @type {boolean} */ withPlasma) {
  const random = new SeededRandom(7);
  const minutes = Float64Array.from({ length: times }, (_, at) => at * 0.15);
  const plasmaMm = plasmaFromBlood(parkerAif(minutes.map((t) => t - 0.7)));
  const response = new Float64Array(times);
  const curves = Array.from({ length: kinds }, (_, kind) => {
    const [ktrans, ve, vp] = [0.05 + random.uniform(), 0.1 + 0.6 * random.uniform(), withPlasma ? 0.1 * random.uniform() : 0];
    convolveExponential(minutes, plasmaMm, ktrans / ve, response);
    const concentration = response.map((b, t) => ktrans * b + vp * /** @type {number} */ (plasmaMm[t]));
    const noise = () => (kind === 0 ? 1 : 1 + 0.02 * (random.uniform() - 0.5));
    return { ktrans, concentration, signal: concentration.map((c) => 60_000 * signalFromConcentration(c, t1Ms, echo) * noise()) };
  });
  return { minutes, plasmaMm, curves };
}

function cpuSeconds(/** @type {() => void} */ action) {
  const from = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

/** A kinetic model on every voxel of some slices: signal to concentration, fit, maps. */
export function kineticFit(/** @type {{ model: 'tofts' | 'extendedTofts' | 'patlak', slices: number }} */ { model, slices }) {
  const { minutes, plasmaMm, curves } = tissues(model !== 'tofts');
  const voxels = side * side * slices;
  const phases = Array.from({ length: times }, (_, t) => {
    const phase = new Int16Array(voxels);
    for (let voxel = 0; voxel < voxels; voxel++) phase[voxel] = Math.round(/** @type {any} */ (curves[voxel % kinds]).signal[t]);
    return phase;
  });
  const input = { minutes, plasmaMm };
  /** @type {ReturnType<typeof kineticMaps> | undefined} */
  let maps;
  const seconds = cpuSeconds(() => {
    maps = kineticMaps({ model, phases, minutes: [...minutes], input, echo, baseline: { from: 0, to: 4 }, t1Ms });
  });
  const { ktransPerMin, failedShare } = /** @type {NonNullable<typeof maps>} */ (maps);
  // Patlak knows no washout, so that its Ktrans is another.
  const truth = curves[0]?.ktrans ?? NaN;
  const worst = model === 'patlak' ? NaN : Math.abs(/** @type {number} */ (ktransPerMin[0]) / truth - 1);
  return { cpuSeconds: seconds, voxels, failedShare, worst };
}

/** ADC of five b-values by weighted least squares. */
export function adcFit(/** @type {{ slices: number }} */ { slices }) {
  const random = new SeededRandom(8);
  const bValues = [0, 50, 200, 500, 800];
  const voxels = side * side * slices;
  const adc = Float64Array.from({ length: kinds }, () => 4e-4 + 2e-3 * random.uniform());
  const images = bValues.map((b) =>
    Float32Array.from(
      { length: voxels },
      (_, voxel) => 1000 * Math.exp(-b * /** @type {number} */ (adc[voxel % kinds])) * (0.98 + 0.04 * random.uniform()),
    ),
  );
  return { cpuSeconds: cpuSeconds(() => void adcMap(images, bValues)), voxels };
}

/** N4 with the settings of its authors. */
export function biasField(/** @type {{ slices: number }} */ { slices }) {
  const random = new SeededRandom(9);
  const voxels = side * side * slices;
  const values = Float32Array.from({ length: voxels }, (_, voxel) => {
    const [x, y] = [(voxel % side) / side, (Math.floor(voxel / side) % side) / side];
    return (random.uniform() < 0.5 ? 300 : 500) * Math.exp(0.5 * x - 0.7 * y * y) * (0.97 + 0.06 * random.uniform());
  });
  const direction = /** @type {const} */ ([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const dimensions = /** @type {const} */ ([side, side, slices]);
  const geometry = { dimensions, spacingMm: /** @type {const} */ ([1, 1, 2]), originMm: /** @type {const} */ ([0, 0, 0]), direction };
  const mask = new Uint8Array(voxels).fill(1);
  return { cpuSeconds: cpuSeconds(() => void correctBias({ geometry, values }, mask)) };
}
