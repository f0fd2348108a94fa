// Times of repeated calls in this process.
import { cpuMsSince, median } from '../federation/measuring.mjs';

/**
 * @typedef {{ firstMs: number, wallMs: number, leastWallMs: number, cpuMs: number, leastCpuMs: number, calls: number }} Times
 */

/**
 * Calls until they have taken so many seconds of CPU, which gives a program as many calls to warm up on a busy machine as on a quiet one, and
 * at least `atLeast` times; the first call is told apart and the first third is warm-up.
 * @returns {Times}
 */
export function timesOf(/** @type {() => unknown} */ call, /** @type {{ seconds: number, atLeast: number }} */ { seconds, atLeast }) {
  const begun = process.cpuUsage();
  const [wall, cpu] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  while (wall.length < atLeast || cpuMsSince(begun) < 1000 * seconds) {
    const from = process.cpuUsage();
    const at = performance.now();
    call();
    wall.push(performance.now() - at);
    cpu.push(cpuMsSince(from));
  }
  return summary(wall, cpu);
}

/** Medians and least values of the last two thirds. @returns {Times} */
export function summary(/** @type {readonly number[]} */ wall, /** @type {readonly number[]} */ cpu) {
  const from = wall.length > 2 ? Math.floor(wall.length / 3) : 0;
  const [warmWall, warmCpu] = [wall.slice(from), cpu.slice(from)];
  return {
    firstMs: wall[0] ?? NaN,
    wallMs: median(warmWall),
    leastWallMs: Math.min(...warmWall),
    cpuMs: median(warmCpu),
    leastCpuMs: Math.min(...warmCpu),
    calls: warmWall.length,
  };
}

/** The exponent of a power law through some points: the slope of the least-squares line in logarithms. */
export function exponentOf(/** @type {readonly { x: number, y: number }[]} */ points) {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)]);
  const mean = (/** @type {number} */ c) => logs.reduce((sum, row) => sum + /** @type {number} */ (row[c]), 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const sum = (/** @type {(x: number, y: number) => number} */ f) =>
    logs.reduce((total, [x, y]) => total + f(/** @type {number} */ (x) - mx, /** @type {number} */ (y) - my), 0);
  return sum((x, y) => x * y) / sum((x) => x * x);
}
