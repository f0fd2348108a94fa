import { canonicalJson } from '@cohortium/kernel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { patienceMs } from './patience.js';

/** What tests read of a run. */
export interface RunState {
  readonly state: string;
  readonly round: number;
  readonly awaiting: readonly { readonly site: string }[];
  readonly error: { readonly code: string; readonly params?: Readonly<Record<string, unknown>> } | null;
}

/** One server-sent event. */
export interface ToldEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A reader of a coordinator's REST interface, as the command line is one. */
export class CoordinatorClient {
  /** @param dataDir the coordinator's data folder, where it tells its address and token at each start */
  constructor(private readonly dataDir: string) {}

  /** @param init.token null sends none; left out sends the one of the data folder */
  async call(path: string, init: RequestInit & { readonly token?: string | null } = {}): Promise<Response> {
    const token = init.token === undefined ? readFileSync(join(this.dataDir, 'api-token'), 'utf8').trim() : init.token;
    const headers = new Headers(init.headers);
    headers.set('content-type', 'application/json');
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    const { url } = JSON.parse(readFileSync(join(this.dataDir, 'http.json'), 'utf8')) as { url: string };
    return fetch(`${url}${path}`, { ...init, headers });
  }

  async post(path: string, body: unknown = {}): Promise<Response> {
    return this.call(path, { method: 'POST', body: JSON.stringify(body) });
  }

  /** JSON of an address. */
  async read<T>(path: string): Promise<T> {
    return (await (await this.call(path)).json()) as T;
  }

  /** Begins a run of a study. */
  async begin(study: string): Promise<string> {
    const response = await this.post(`/api/studies/${study}/runs`);
    if (response.status !== 201) throw new Error(`the run was refused: ${await response.text()}`);
    return ((await response.json()) as { run: string }).run;
  }

  view(run: string): Promise<RunState> {
    return this.read(`/api/runs/${run}`);
  }

  /** Waits until a run is as wanted; a coordinator that does not answer is asked again. */
  async until(run: string, done: (state: RunState) => boolean, timeoutMs = patienceMs): Promise<RunState> {
    let last: unknown;
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline;) {
      const state = await this.view(run).catch((error: unknown) => void (last = error));
      if (state && done(state)) return state;
      if (state) last = state;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the run did not get there: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
  }

  /** Waits for the end of a run. */
  ended(run: string, timeoutMs?: number): Promise<RunState> {
    return this.until(run, ({ state }) => state === 'finished' || state === 'aborted', timeoutMs);
  }

  /** Canonical JSON of `science` of a run, once it has finished. */
  async science(run: string, timeoutMs?: number): Promise<string> {
    const { state, error } = await this.ended(run, timeoutMs);
    if (state !== 'finished') throw new Error(`the run was aborted: ${JSON.stringify(error)}`);
    return canonicalJson((await this.read<{ science: unknown }>(`/api/runs/${run}/results`)).science);
  }

  /** All events of a run up to its end, after an id. */
  async events(run: string, after?: number): Promise<ToldEvent[]> {
    const response = await this.call(`/api/runs/${run}/events`, { headers: after === undefined ? {} : { 'last-event-id': String(after) } });
    if (response.status === 204) return [];
    return (await response.text())
      .split('\n\n')
      .map((block) => /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block))
      .filter((match) => match !== null)
      .map(([, id, type, data]) => ({ id: Number(id), type: type as string, data: JSON.parse(data as string) as Record<string, unknown> }));
  }
}
