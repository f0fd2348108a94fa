// Runs one measurement of our own program and tells the outcome to the parent.
import * as measurements from './own-measurements.mjs';

process.on('disconnect', () => process.exit(1));
process.once('message', async (/** @type {{ name: keyof typeof measurements, params: any }} */ { name, params }) => {
  const outcome = await /** @type {(params: any) => unknown} */ (measurements[name])(params);
  process.send?.(outcome, () => process.exit(0));
});
