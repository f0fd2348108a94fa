/** Relaxation and diffusion of one tissue at one field strength. */
export interface Tissue {
  readonly t1Ms: number;
  readonly t2Ms: number;
  /** Mobile protons relative to water. */
  readonly protonDensity: number;
  /** Apparent diffusion coefficient, 10^-6 mm^2/s. */
  readonly adc: number;
  readonly ktransPerMin: number;
  /** Fraction of the extravascular extracellular space. */
  readonly ve: number;
  /** Fraction of plasma. */
  readonly vp: number;
}

/** What a voxel may consist of. */
export type TissueName = 'fat' | 'fibroglandular' | 'skin' | 'muscle' | 'lesion' | 'necrosis';

type ByField = readonly [at15T: number, at3T: number];

/**
 * Relaxation times at 1.5 and 3 T: fat and fibroglandular tissue of the breast from Rakow-Penner et al. 2006 (doi:10.1002/jmri.20469, mean of
 * volunteers), muscle from Stanisz et al. 2005 (doi:10.1002/mrm.20605); skin, lesion and necrosis are round numbers in the range that is seen.
 * Diffusion and kinetics are round numbers as well: they are what the phantom is, not what a patient has.
 */
const table: Readonly<Record<TissueName, Omit<Tissue, 't1Ms' | 't2Ms'> & { readonly t1Ms: ByField; readonly t2Ms: ByField }>> = {
  fat: { t1Ms: [296, 367], t2Ms: [53, 53], protonDensity: 0.9, adc: 150, ktransPerMin: 0.004, ve: 0.04, vp: 0.002 },
  fibroglandular: { t1Ms: [1266, 1445], t2Ms: [58, 54], protonDensity: 0.85, adc: 1900, ktransPerMin: 0.035, ve: 0.2, vp: 0.01 },
  skin: { t1Ms: [900, 1100], t2Ms: [35, 32], protonDensity: 0.7, adc: 1200, ktransPerMin: 0.06, ve: 0.25, vp: 0.02 },
  muscle: { t1Ms: [1008, 1412], t2Ms: [44, 50], protonDensity: 0.8, adc: 1400, ktransPerMin: 0.045, ve: 0.12, vp: 0.015 },
  lesion: { t1Ms: [1200, 1500], t2Ms: [80, 78], protonDensity: 0.9, adc: 1050, ktransPerMin: 0.18, ve: 0.4, vp: 0.05 },
  necrosis: { t1Ms: [2200, 2600], t2Ms: [180, 170], protonDensity: 0.95, adc: 1900, ktransPerMin: 0.01, ve: 0.5, vp: 0.004 },
};

/** A tissue at a field strength; fields other than 3 T count as 1.5 T. */
export function tissueAt(name: TissueName, fieldStrengthT: number): Tissue {
  const { t1Ms, t2Ms, ...rest } = table[name];
  const column = fieldStrengthT >= 2.5 ? 1 : 0;
  return { t1Ms: t1Ms[column], t2Ms: t2Ms[column], ...rest };
}
