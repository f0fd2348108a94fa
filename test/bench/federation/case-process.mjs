// Runs one case and tells the outcome to the parent.
import { cases } from './cases.mjs';
import { peakRssMib } from './measuring.mjs';

const [name, mode] = process.argv.slice(2);
const found = cases.find((each) => each.name === name);
if (found === undefined) throw new Error(`no case ${name}`);
// Each process that a case starts is ended with this one.
process.setMaxListeners(0);
process.on('disconnect', () => process.exit(1));

const begun = performance.now();
const outcome = await found.run(mode === 'quick');
process.send?.({ name, seconds: (performance.now() - begun) / 1000, ...outcome, rss: { thisProcess: peakRssMib(), ...outcome.rss } }, () =>
  process.exit(0),
);
