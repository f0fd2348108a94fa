import { imagingErrors } from '../errors.js';
import { assertEcho, SignalConversion } from './concentration.js';
import { KineticFit } from './kinetic-fit.js';
import { kineticTable } from './kinetic-table.js';
import type { KineticRequest } from './kinetic-maps.js';
import { bestDelay, fitPatlak } from './patlak.js';
import type { DelayRange } from './patlak.js';
import { TwoCompartmentFit } from './two-compartment.js';

/**
 * The delay of the arterial input, in minutes, that fits the mean concentration of the asked voxels best. One for all: a voxel alone is too noisy.
 * @throws `IMAGING.BAD_PERFUSION`
 */
export function commonDelay(request: KineticRequest, range: DelayRange): number {
  const { model, minutes, input, rates } = request;
  const curve = meanConcentration(request);
  return bestDelay(range, (delayMinutes) => {
    const table = kineticTable(minutes, input, { delayMinutes, ...(rates ? { rates } : {}) });
    if (model === 'patlak') return fitPatlak(curve, table.plasma, table.integral).rmsMm;
    const { rmsMm } =
      model === 'twoCompartment' ? new TwoCompartmentFit(table).fit(curve) : new KineticFit(table, model !== 'tofts').fit(curve);
    return Number.isFinite(rmsMm) ? rmsMm : Infinity;
  });
}

/** Mean over the asked voxels that have a concentration at all times. @throws `IMAGING.BAD_PERFUSION` where none has */
export function meanConcentration({ phases, echo, baseline, t1Ms, mask }: KineticRequest): Float64Array {
  const times = phases.length;
  const [sum, curve] = [new Float64Array(times), new Float64Array(times)];
  if (echo !== undefined) assertEcho(echo);
  const conversion = echo === undefined || baseline === undefined ? undefined : new SignalConversion(echo, baseline);
  let count = 0;
  const voxels = phases[0]?.length ?? 0;
  for (let voxel = 0; voxel < voxels; voxel++) {
    if (mask !== undefined && mask[voxel] !== 1) continue;
    for (let t = 0; t < times; t++) curve[t] = (phases[t] as ArrayLike<number>)[voxel] as number;
    conversion?.convert(curve, 0, times, typeof t1Ms === 'object' ? (t1Ms[voxel] as number) : (t1Ms as number));
    if (!curve.every(Number.isFinite)) continue;
    for (let t = 0; t < times; t++) sum[t] = (sum[t] as number) + (curve[t] as number);
    count++;
  }
  if (count === 0) throw imagingErrors.error('IMAGING.BAD_PERFUSION', { problem: 'few', name: 'voxels with a concentration' });
  return sum.map((value) => value / count);
}
