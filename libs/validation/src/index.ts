export { figureSchema, pooledPerformanceSchema, sitePerformanceSchema } from './figures.js';
export type { PooledPerformance, SitePerformance } from './figures.js';
