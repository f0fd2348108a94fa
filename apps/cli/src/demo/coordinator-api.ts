import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, isAppError } from '@cohortium/kernel';
import type { ExitCode, MessageParams } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { rebuildError } from '../known-errors.js';
import { poll } from '../processes/pause.js';

/** How long a coordinator that restarts is waited for. */
const awayTimeoutMs = 120_000;
const retryMs = 200;
const requestTimeoutMs = 30_000;

/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: unknown;
}

/**
 * The coordinator's REST interface as found in its data folder: `http.json` says where it listens, `api-token` lets us in. Both
 * are read anew for each request, since a coordinator that was started again may listen elsewhere. Requests are repeated until it
 * answers; all that we send is harmless to repeat.
 */
export class CoordinatorApi {
  constructor(
    private readonly dataDir: string,
    private readonly signal?: AbortSignal,
  ) {}

  /** Where it listens at this moment. @throws when it has not said so yet */
  url(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, 'http.json'), 'utf8')) as { url: string }).url;
  }

  /** Waits until the coordinator can work. @throws `CLI.NOT_READY` */
  async ready(): Promise<void> {
    await this.patiently('coordinator', async () =>
      (await fetch(`${this.url()}/health/ready`, this.options('GET'))).ok ? true : undefined,
    );
  }

  /** @throws `CLI.COORDINATOR_REFUSED` or the error that the coordinator named, `CLI.NOT_READY` */
  async getJson<T>(path: string): Promise<T> {
    return (await (await this.request('GET', path)).json()) as T;
  }

  /** As {@link getJson}, for files. */
  async getBytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.request('GET', path)).arrayBuffer());
  }

  /** As {@link getJson}. */
  async postJson<T>(path: string, body: unknown): Promise<T> {
    return (await (await this.request('POST', path, body)).json()) as T;
  }

  /**
   * Events of one stream until the coordinator ends it or the connection breaks; neither is an error.
   * @param after id of the event seen last
   * @param until ends the listening
   */
  async *events(path: string, after: string | undefined, until: AbortSignal): AsyncGenerator<ServerEvent> {
    try {
      const headers = { ...this.headers(), ...(after === undefined ? {} : { 'last-event-id': after }) };
      const response = await fetch(`${this.url()}${path}`, { headers, signal: until });
      if (response.ok && response.body) yield* parseEvents(response.body);
    } catch (error) {
      this.rethrowInterrupt(error);
    }
  }

  private async request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    return await this.patiently(`${method} ${path}`, async () => {
      const response = await fetch(`${this.url()}${path}`, this.options(method, body));
      if (response.ok) return response;
      const text = await response.text();
      // 503: database or broker are being started again.
      if (response.status === 503) return undefined;
      throw refusal(`${method} ${path}`, response.status, text);
    });
  }

  private async patiently<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const answer = await poll(
      async () => {
        try {
          return await attempt();
        } catch (error) {
          this.rethrowInterrupt(error);
          if (isAppError(error)) throw error;
          return undefined;
        }
      },
      { everyMs: retryMs, timeoutMs: awayTimeoutMs, signal: this.signal },
    );
    if (answer === undefined) throw cliErrors.error('CLI.NOT_READY', { what, seconds: awayTimeoutMs / 1000 });
    return answer;
  }

  private options(method: string, body?: unknown): RequestInit {
    const signal = AbortSignal.any([AbortSignal.timeout(requestTimeoutMs), ...(this.signal ? [this.signal] : [])]);
    const headers = this.headers();
    return body === undefined
      ? { method, headers, signal }
      : { method, headers: { ...headers, 'content-type': 'application/json' }, signal, body: JSON.stringify(body) };
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${readFileSync(join(this.dataDir, 'api-token'), 'utf8').trim()}` };
  }

  private rethrowInterrupt(error: unknown): void {
    this.signal?.throwIfAborted();
    if (error instanceof AppError) throw error;
  }
}

const exitByStatus: Readonly<Record<number, ExitCode>> = { 400: 2, 404: 2, 401: 3, 403: 3, 409: 3, 422: 2, 500: 1 };

/** `{code, params, message}` as the error that a library of ours knows by this code, else as a refusal. */
function refusal(request: string, status: number, text: string): AppError {
  let told: { code: string; params: MessageParams; message: string };
  try {
    told = JSON.parse(text) as typeof told;
  } catch {
    told = { code: '', params: {}, message: text.slice(0, 200) };
  }
  const { code, entry, params } = cliErrors.error('CLI.COORDINATOR_REFUSED', {
    request,
    status: String(status),
    reason: told.message,
    code: told.code,
  });
  return rebuildError(told.code, told.params) ?? new AppError(code, { ...entry, exit: exitByStatus[status] ?? entry.exit }, params);
}

/** The event stream format of the HTML standard, section 9.2.6. */
async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const match = /^([a-z]+)(?:: ?(.*))?$/.exec(line);
    if (!match) continue;
    const [, name = '', value = ''] = match;
    fields.set(name, name === 'data' && fields.has('data') ? `${fields.get('data')}\n${value}` : value);
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  try {
    return { id: fields.get('id'), type: fields.get('event') ?? 'message', data: JSON.parse(data) };
  } catch {
    return undefined;
  }
}
