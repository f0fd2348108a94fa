// Adding one vector of 128-bit words to another: the function of libs/federation beside other ways to write it.
import { addFixedPoint, statisticWords } from '@cohortium/federation';
import { median } from './measuring.mjs';

/** 32-bit limbs as doubles, carry by comparison. */
function addAsDoubles(/** @type {Uint32Array} */ total, /** @type {Uint32Array} */ terms) {
  for (let base = 0; base < total.length; base += 4) {
    let carry = 0;
    for (let k = base; k < base + 4; k++) {
      const sum = total[k] + terms[k] + carry;
      total[k] = sum;
      carry = sum > 0xffffffff ? 1 : 0;
    }
  }
}

/** 64-bit limbs as BigInt, carry by comparison. */
function addAsBigInts(/** @type {BigUint64Array} */ total, /** @type {BigUint64Array} */ terms) {
  for (let base = 0; base < total.length; base += 2) {
    const low = BigInt.asUintN(64, total[base] + terms[base]);
    const carry = low < total[base] ? 1n : 0n;
    total[base] = low;
    total[base + 1] = BigInt.asUintN(64, BigInt.asUintN(64, total[base + 1] + terms[base + 1]) + carry);
  }
}

/** Doubles: neither exact nor independent of the order; the floor of what an addition costs. */
function addDoubles(/** @type {Float64Array} */ total, /** @type {Float64Array} */ terms) {
  for (let i = 0; i < total.length; i++) total[i] += terms[i];
}

/** @returns {Uint32Array} limbs in which carries are common and of every length */
function limbs(/** @type {number} */ words, /** @type {number} */ seed) {
  let state = seed;
  return Uint32Array.from({ length: 4 * words }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state & 7) === 0 ? 0xffffffff : state >>> 0;
  });
}

/** Milliseconds per addition of each way, in turns, so that a busy machine slows all of them alike. */
export async function wordAddition(/** @type {{ words: number, repetitions: number }} */ { words, repetitions }) {
  const start = limbs(words, 1);
  const terms = limbs(words, 2);
  const doubles = Float64Array.from({ length: words }, (_, i) => i / 3);
  const wide = new BigUint64Array(terms.buffer);
  const ways = {
    implemented: (/** @type {Uint32Array} */ total) => addFixedPoint(total, terms, statisticWords),
    doubleLimbs: (/** @type {Uint32Array} */ total) => addAsDoubles(total, terms),
    bigUint64: (/** @type {Uint32Array} */ total) => addAsBigInts(new BigUint64Array(total.buffer), wide),
  };
  const expected = start.slice();
  ways.doubleLimbs(expected);
  const times = /** @type {Record<string, number[]>} */ ({ implemented: [], doubleLimbs: [], bigUint64: [], float64: [] });
  for (let k = -repetitions; k < repetitions; k++) {
    // As many turns first that do not count; in the pauses the compiler, which works beside us, hands over what it has optimized.
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const [name, add] of Object.entries(ways)) {
      const total = start.slice();
      const begun = performance.now();
      add(total);
      if (k >= 0) times[name].push(performance.now() - begun);
      if (k === 0 && Buffer.compare(Buffer.from(total.buffer), Buffer.from(expected.buffer)) !== 0) throw new Error(`${name} adds wrongly`);
    }
    const total = doubles.slice();
    const begun = performance.now();
    addDoubles(total, doubles);
    if (k >= 0) times.float64.push(performance.now() - begun);
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}
