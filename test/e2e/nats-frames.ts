/** A protocol line without a message (`CONNECT {...}`, `SUB a 1`, `PING`, ...), split at blanks; JSON stays whole. */
export interface ControlFrame {
  readonly kind: 'control';
  readonly verb: string;
  readonly args: readonly string[];
}

/** A message: PUB and HPUB from a client, MSG and HMSG to it. */
export interface MessageFrame {
  readonly kind: 'message';
  readonly verb: 'PUB' | 'HPUB' | 'MSG' | 'HMSG';
  readonly subject: string;
  readonly reply: string | undefined;
  /** First line after the version (`100 Idle Heartbeat`, ...), empty where there is none. */
  readonly status: string;
  /** Headers in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly payload: Uint8Array;
}

/** One unit of the NATS client protocol. */
export type NatsFrame = ControlFrame | MessageFrame;

const lineEnd = Buffer.from('\r\n');

/**
 * Reads a captured direction of one connection (https://docs.nats.io/reference/reference-protocols/nats-protocol).
 * @param cut the connection may have ended in the middle of a frame: what is left of it is not an error
 * @throws Error at bytes that are not that protocol: nothing is skipped
 */
export function parseNatsStream(bytes: Buffer, cut: boolean): NatsFrame[] {
  const frames: NatsFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(lineEnd, at);
    const read = end < 0 ? undefined : readFrame(bytes, bytes.toString('utf8', at, end), end + 2);
    if (read === undefined) {
      if (cut) return frames;
      throw new Error(`the stream ends inside a frame at byte ${at} of ${bytes.length}`);
    }
    frames.push(read.frame);
    at = read.next;
  }
  return frames;
}

/** @returns undefined when the bytes end before the frame does */
function readFrame(bytes: Buffer, line: string, bodyAt: number): { frame: NatsFrame; next: number } | undefined {
  const verb = /^[^ \t]*/.exec(line)?.[0].toUpperCase() ?? '';
  const rest = line.slice(verb.length).trim();
  if (!isMessageVerb(verb)) return { frame: controlFrame(verb, rest), next: bodyAt };
  const words = rest.split(/[ \t]+/);
  const hasHeaders = verb.startsWith('H');
  const fromServer = verb.endsWith('MSG');
  const sizes = words.splice(hasHeaders ? -2 : -1).map(Number);
  // MSG subject sid [reply], PUB subject [reply].
  const [subject, reply] = fromServer ? [words[0], words[2]] : words;
  const headerBytes = hasHeaders ? sizes[0] : 0;
  const totalBytes = sizes.at(-1);
  if (subject === undefined || !isSize(headerBytes) || !isSize(totalBytes) || headerBytes > totalBytes)
    throw new Error(`no frame: ${line}`);
  const end = bodyAt + totalBytes;
  if (bytes.length < end + 2) return undefined;
  if (bytes.compare(lineEnd, 0, 2, end, end + 2) !== 0) throw new Error(`a frame is longer than it says: ${line}`);
  const { status, headers } = readHeaders(bytes.toString('utf8', bodyAt, bodyAt + headerBytes));
  const payload = bytes.subarray(bodyAt + headerBytes, end);
  return { frame: { kind: 'message', verb, subject, reply, status, headers, payload }, next: end + 2 };
}

const controlVerbs = new Set(['CONNECT', 'INFO', 'SUB', 'UNSUB', 'PING', 'PONG', '+OK', '-ERR']);

function controlFrame(verb: string, rest: string): ControlFrame {
  if (!controlVerbs.has(verb)) throw new Error(`no verb of the protocol: ${verb.slice(0, 20)}`);
  const whole = verb === 'CONNECT' || verb === 'INFO' || verb === '-ERR';
  return { kind: 'control', verb, args: rest === '' ? [] : whole ? [rest] : rest.split(/[ \t]+/) };
}

function isMessageVerb(verb: string): verb is MessageFrame['verb'] {
  return verb === 'PUB' || verb === 'HPUB' || verb === 'MSG' || verb === 'HMSG';
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0;
}

function readHeaders(text: string): { status: string; headers: (readonly [string, string])[] } {
  if (text === '') return { status: '', headers: [] };
  const [version = '', ...lines] = text.split('\r\n');
  if (!version.startsWith('NATS/1.0')) throw new Error('headers without their version');
  const headers = lines
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error('a header without a name');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
  return { status: version.slice('NATS/1.0'.length).trim(), headers };
}
