import type { KineticModel } from '@cohortium/imaging';

/** Names of the models on the command line. */
export const modelNames: Readonly<Record<string, KineticModel>> = {
  tofts: 'tofts',
  'extended-tofts': 'extendedTofts',
  patlak: 'patlak',
  '2cxm': 'twoCompartment',
};

/** Population inputs by name. */
export const populationInputs = ['parker', 'georgiou', 'weinmann-tofts'] as const;
