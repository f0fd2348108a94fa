export { reportingErrors } from './errors.js';
export { figureText, reasonText } from './figures.js';
export type { Figure, FigureStyle } from './figures.js';
export { renderReport, reportTables } from './report.js';
export { resultsSummary } from './results-summary.js';
