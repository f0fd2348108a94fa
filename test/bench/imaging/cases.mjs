// What is measured, in full and in short (`--quick`).
import { inFreshProcess } from '../harness/fresh-process.mjs';
import { isAtMost } from '../harness/targets.mjs';
import { measureScipy } from './scipy.mjs';

/**
 * @typedef {{ figure: string, value?: number, unit?: string, times?: number, target?: string, met?: boolean, absent?: string }} Row
 * @typedef {{ quick: boolean, peers: boolean }} Mode
 * @typedef {{ name: string, run: (mode: Mode) => Promise<Row[]> }} Case
 */

const module = new URL('measure.mjs', import.meta.url).href;
/** The target of the project: seconds for the Tofts fit of 256 x 256 x 60 voxels at 40 times, one core. */
const mostSeconds = 20;
const whole = 256 * 256 * 60;

/** Slices that are fitted; a short run fits some of them. */
const slicesOf = (/** @type {boolean} */ quick) => (quick ? 4 : 60);

/** @returns {Promise<Row[]>} */
async function fitted(/** @type {string} */ model, /** @type {Mode} */ { quick, peers }) {
  const { cpuSeconds, voxels, failedShare, worst } = await inFreshProcess(module, 'kineticFit', { model, slices: slicesOf(quick) });
  const perSecond = voxels / cpuSeconds;
  const seconds = whole / perSecond;
  /** @type {Row[]} */
  const rows = [
    { figure: 'wholeVolume', value: seconds, unit: 's', ...(model === 'tofts' ? isAtMost(seconds, mostSeconds) : {}) },
    { figure: 'perSecond', value: perSecond, unit: '1/s' },
    { figure: 'failed', value: 100 * failedShare, unit: '%' },
    { figure: 'worst', value: 100 * worst, unit: '%' },
  ];
  if (model !== 'tofts' || !peers) return rows;
  const peer = await measureScipy({ voxels: quick ? 100 : 500 });
  if ('absent' in peer) return [...rows, { figure: 'peer', absent: peer.absent }];
  return [...rows, { figure: 'peer', value: peer.perSecond, unit: '1/s', times: perSecond / peer.perSecond }];
}

/** @type {readonly Case[]} */
export const cases = [
  { name: 'tofts', run: (mode) => fitted('tofts', mode) },
  { name: 'extendedTofts', run: (mode) => fitted('extendedTofts', mode) },
  { name: 'patlak', run: (mode) => fitted('patlak', mode) },
  {
    name: 'adc',
    run: async ({ quick }) => {
      const { cpuSeconds, voxels } = await inFreshProcess(module, 'adcFit', { slices: quick ? 4 : 30 });
      return [{ figure: 'perSecond', value: voxels / cpuSeconds, unit: '1/s' }];
    },
  },
  {
    name: 'biasField',
    run: async ({ quick }) => {
      const { cpuSeconds } = await inFreshProcess(module, 'biasField', { slices: quick ? 16 : 60 });
      return [{ figure: 'cpu', value: cpuSeconds, unit: 's' }];
    },
  },
];
