import { resultsSchema } from '@cohortium/analysis';
import type { Results } from '@cohortium/analysis';
import { AppError, canonicalJson, sha256 } from '@cohortium/kernel';
import type { ExitCode } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import { cliErrors } from '../errors.js';
import { rebuildError } from '../known-errors.js';
import { pause } from '../processes/pause.js';
import type { CoordinatorApi } from './coordinator-api.js';
import type { RunEvent, RunListener, RunView, SiteDecision } from './run-view.js';

/** What a finished run has left at the coordinator. */
export interface DrivenStudy {
  readonly run: string;
  readonly results: Results;
  /** Canonical JSON of the locked model. */
  readonly modelJson: string;
  readonly onnx: Uint8Array;
}

/** How often the run is asked which sites it waits for. */
const lookEveryMs = 1000;
/** The same until every site has decided. */
const lookForApprovalMs = 250;
const reconnectMs = 200;

/**
 * Drives a study over the coordinator's REST interface: enrolls the sites, submits the protocol, starts the run, follows it to
 * its end and fetches what it left. A coordinator that dies on the way is waited for.
 * @throws the error with which the run was aborted; `CLI.WAITING_FOR_APPROVAL`, `CLI.MODEL_DIFFERS`, `CLI.NOT_READY`
 */
export async function driveStudy(
  api: CoordinatorApi,
  protocol: Protocol,
  sites: readonly { readonly site: string; readonly nkey: string }[],
  listener: RunListener,
  signal?: AbortSignal,
): Promise<DrivenStudy> {
  await api.ready();
  for (const { site, nkey } of sites) await api.postJson('/api/sites', { site, displayName: site, nkey });
  const { study } = await api.postJson<{ study: string }>('/api/studies', { protocol });
  const run = await startRun(api, study);
  listener.started(run);
  const last = await follow(api, { study, run }, listener, signal);
  if (last.state === 'aborted') throw abortion(last);
  return await fetchResults(api, run);
}

/** When the answer to a start was lost, the run that it began is found. */
async function startRun(api: CoordinatorApi, study: string): Promise<string> {
  const path = `/api/studies/${study}/runs`;
  try {
    return (await api.postJson<{ run: string }>(path, {})).run;
  } catch (error) {
    if (!(error instanceof AppError) || error.params['code'] !== 'RUN.ALREADY_ACTIVE') throw error;
    const [newest] = await api.getJson<readonly RunView[]>(path);
    if (newest === undefined) throw error;
    return newest.run;
  }
}

/** Listens to the run's events until it has ended, and looks every second how the awaited sites are. */
async function follow(
  api: CoordinatorApi,
  ids: { study: string; run: string },
  listener: RunListener,
  signal?: AbortSignal,
): Promise<RunView> {
  const ended = new AbortController();
  const both = AbortSignal.any([ended.signal, ...(signal ? [signal] : [])]);
  const told: ToldDecisions = new Map();
  const looking = look(api, ids, told, listener, both);
  // Its failure is thrown below, where it is awaited.
  looking.catch(() => ended.abort());
  try {
    await listen(api, ids.run, listener, both);
  } finally {
    ended.abort();
  }
  await looking;
  // A refusal ends the run, sooner than the next look at the decisions.
  await tellDecisions(api, ids.study, told, listener);
  return await api.getJson<RunView>(`/api/runs/${ids.run}`);
}

async function listen(api: CoordinatorApi, run: string, listener: RunListener, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    for await (const { id, data } of api.events(`/api/runs/${run}/events`, lastId, signal)) {
      lastId = id ?? lastId;
      const event = data as RunEvent;
      listener.happened(event);
      if (event.type === 'finished' || event.type === 'aborted') return;
    }
    await pause(reconnectMs);
  }
}

async function look(
  api: CoordinatorApi,
  { study, run }: { study: string; run: string },
  told: ToldDecisions,
  listener: RunListener,
  signal: AbortSignal,
): Promise<void> {
  let allTold = false;
  while (!signal.aborted) {
    const view = await api.getJson<RunView>(`/api/runs/${run}`);
    if (!allTold) allTold = areDecided(await tellDecisions(api, study, told, listener));
    listener.viewed(view);
    await pause(allTold ? lookEveryMs : lookForApprovalMs, signal).catch(() => undefined);
  }
}

/** The decision that was last told, by site. */
type ToldDecisions = Map<string, string>;

/** Tells new decisions, and returns those of all sites. */
async function tellDecisions(
  api: CoordinatorApi,
  study: string,
  told: ToldDecisions,
  listener: RunListener,
): Promise<readonly SiteDecision[]> {
  const { sites } = await api.getJson<{ sites: readonly SiteDecision[] }>(`/api/studies/${study}`);
  for (const decision of sites) {
    if (decision.decision === null || told.get(decision.site) === decision.decision) continue;
    told.set(decision.site, decision.decision);
    listener.decided(decision);
  }
  return sites;
}

/** True when every site has decided for good. @throws `CLI.WAITING_FOR_APPROVAL` where people have to, and nobody is there */
function areDecided(sites: readonly SiteDecision[]): boolean {
  const waiting = sites.filter(({ decision }) => decision === 'waiting').map(({ site }) => site);
  // Nobody is at these sites to decide; a demo that waited would wait for ever.
  if (waiting.length > 0 && sites.every(({ decision }) => decision !== null))
    throw cliErrors.error('CLI.WAITING_FOR_APPROVAL', { sites: waiting.join(', ') });
  return sites.every(({ decision }) => decision === 'approved' || decision === 'refused');
}

/** The error with which a run ended: as our libraries know it, else in the coordinator's words, always with its exit code. */
function abortion({ run, error }: RunView): AppError {
  if (error === null) return cliErrors.error('CLI.RUN_ABORTED', { run, reason: '-' });
  const known = rebuildError(error.code, error.params);
  if (known) return known;
  const { code, entry, params } = cliErrors.error('CLI.RUN_ABORTED', { run, reason: error.message });
  return new AppError(code, { ...entry, exit: error.exit as ExitCode }, params);
}

/** @throws `CLI.MODEL_DIFFERS` when a file is not the one that the results name */
async function fetchResults(api: CoordinatorApi, run: string): Promise<DrivenStudy> {
  const results = resultsSchema.parse(await api.getJson(`/api/runs/${run}/results`));
  const modelJson = canonicalJson(await api.getJson(`/api/runs/${run}/model`));
  const onnx = await api.getBytes(`/api/runs/${run}/model.onnx`);
  const { lock } = results.science;
  if (sha256(modelJson) !== lock.modelSha256) throw cliErrors.error('CLI.MODEL_DIFFERS', { file: 'model.json' });
  if (sha256(onnx) !== lock.onnxSha256) throw cliErrors.error('CLI.MODEL_DIFFERS', { file: 'model.onnx' });
  return { run, results, modelJson, onnx };
}
