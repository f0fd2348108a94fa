/**
 * Voxels that are tissue and not air: those whose value is above a share of the 95th percentile of all values above 0.
 * @param share 0 takes every voxel above 0
 */
export function tissueMask(values: ArrayLike<number>, share: number): Uint8Array {
  const all = new Float64Array(values.length);
  let count = 0;
  for (let at = 0; at < values.length; at++) if ((values[at] as number) > 0) all[count++] = values[at] as number;
  const sorted = all.subarray(0, count).sort();
  const threshold = sorted.length === 0 ? 0 : share * (sorted[Math.floor(0.95 * (sorted.length - 1))] as number);
  const out = new Uint8Array(values.length);
  for (let at = 0; at < out.length; at++) if ((values[at] as number) > threshold) out[at] = 1;
  return out;
}
