import type { Aggregation } from '../roi/roi.js';

/** The IBSI code of each aggregation (IBSI 0.9, sections 3.6 to 3.11). */
export const aggregationCodes: Readonly<Record<Aggregation, string>> = {
  '2D:averaged': 'BTW3',
  '2D:sliceMerged': 'SUJT',
  '2.5D:directionMerged': 'JJUI',
  '2.5D:merged': 'ZW7Z',
  '3D:averaged': 'ITBB',
  '3D:merged': 'IAZD',
  '2D': '8QNN',
  '2.5D': '62GR',
  '3D': 'KOBO',
};
