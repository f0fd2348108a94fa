export { findTestBroker, startTestBroker } from './broker.js';
export type { TestBroker } from './broker.js';
export { startTestPostgres } from './postgres.js';
export type { TestPostgres } from './postgres.js';
export { rowOrder, rowsFromTable, tableOfSites } from './rows.js';
export type { TestTable } from './rows.js';
export { leastMs, neverMs, patienceMs, wholeRunMs } from './patience.js';
export { openGate, pooledFederationOf, scopeOf, simulatedFederationOf } from './federations.js';
export { compileProject, prepareSiteProcess } from './site-process.js';
export type { SiteProcess, SiteProcessOptions } from './site-process.js';
export { TestCoordinator } from './test-coordinator.js';
export type { AskOptions, CapturedMessage } from './test-coordinator.js';
export { TestSite } from './test-site.js';
export type { SiteFrame, TestSiteOptions } from './test-site.js';
export {
  tinyCatalogue,
  tinyEligibility,
  tinyFigures,
  tinyMoments,
  tinyProgram,
  tinyProtocol,
  tinySpread,
  tinyTable,
} from './tiny-study.js';
export type { TinySize } from './tiny-study.js';
export { CoordinatorClient } from './coordinator-client.js';
export type { RunState, ToldEvent } from './coordinator-client.js';
export { TinyFederation, quietHost } from './tiny-federation.js';
export { testSlice } from './dicom-files.js';
export type { TestSlice } from './dicom-files.js';
export { freePort } from './free-port.js';
export { signedTestRoster } from './signed-roster.js';
export { findProgram, findTestOrthanc, startTestOrthanc } from './orthanc.js';
export type { TestOrthanc } from './orthanc.js';
export { MaskedSites, plainTotal, seededSecrets, testSum, testVectors, totalOf, wordsOf } from './masked-sites.js';
export type { MaskedSitesOptions, MaskedSite } from './masked-sites.js';
