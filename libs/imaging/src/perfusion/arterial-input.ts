import { exp } from '@cohortium/numerics';

/** Hematocrit of large vessels, by which blood concentration becomes plasma concentration: Cp = Cb / (1 - Hct). */
export const largeVesselHematocrit = 0.42;

const parker = {
  gaussians: [
    { area: 0.809, center: 0.17046, width: 0.0563 },
    { area: 0.33, center: 0.365, width: 0.132 },
  ],
  alpha: 1.05,
  beta: 0.1685,
  s: 38.078,
  tau: 0.483,
} as const;

/**
 * Population arterial input: two Gaussians and an exponential with a sigmoid.
 * @param minutes times after the bolus arrives; 0 before
 * @returns concentration of contrast in whole blood, mM
 * @see Parker et al. 2006, doi:10.1002/mrm.21066, table 1
 */
export function parkerAif(minutes: ArrayLike<number>): Float64Array {
  return Float64Array.from(minutes, (t) => {
    if (t < 0) return 0;
    let sum = (parker.alpha * exp(-parker.beta * t)) / (1 + exp(-parker.s * (t - parker.tau)));
    for (const { area, center, width } of parker.gaussians) {
      const z = (t - center) / width;
      sum += (area / (width * Math.sqrt(2 * Math.PI))) * exp(-0.5 * z * z);
    }
    return sum;
  });
}

const weinmann = { a1: 3.99, a2: 4.78, m1: 0.144, m2: 0.0111 } as const;

/**
 * Bi-exponential arterial input after an instantaneous bolus.
 * @param minutes times after the bolus; 0 before
 * @param doseMmolPerKg injected dose
 * @returns concentration of contrast in plasma, mM
 * @see Weinmann et al. 1984; Tofts and Kermode 1991, doi:10.1002/mrm.1910170208
 */
export function weinmannToftsAif(minutes: ArrayLike<number>, doseMmolPerKg: number): Float64Array {
  const { a1, a2, m1, m2 } = weinmann;
  return Float64Array.from(minutes, (t) => (t < 0 ? 0 : doseMmolPerKg * (a1 * exp(-m1 * t) + a2 * exp(-m2 * t))));
}

/**
 * Plasma concentration from that of whole blood.
 * @param hematocrit fraction of red cells, 0 to 1
 */
export function plasmaFromBlood(blood: ArrayLike<number>, hematocrit: number = largeVesselHematocrit): Float64Array {
  return Float64Array.from(blood, (value) => value / (1 - hematocrit));
}
