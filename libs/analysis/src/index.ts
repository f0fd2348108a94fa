export { resultsSchema, resultsSchemaVersion, runFactsSchema, scienceSchema } from './science.js';
export type { Results, RunFacts, Science } from './science.js';
export { studySteps } from './study.js';
export type { StudyHost, StudyInput, StudyProgram, StudyStep } from './study.js';
