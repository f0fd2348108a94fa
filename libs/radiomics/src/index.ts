export { aggregations } from './roi/roi.js';
export type { Aggregation, DiscretizedRoi, FeatureValue, Roi } from './roi/roi.js';
