import type { OutboxMessage, SiteOutboxRepository } from '@cohortium/persistence';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** One line of `egress.jsonl`: that a message left, never what was in it. */
export interface TranscriptLine {
  /** Grows with the order of messages; 0 for a summary of signs of life. */
  readonly seq: number;
  /** 1 when the message left for the first time, 2 when the same bytes left again, ... */
  readonly sends: number;
  /** When the broker acknowledged it, ISO 8601. */
  readonly time: string;
  readonly subject: string;
  readonly type: string;
  readonly bytes: number;
  /** SHA-256 of the whole message. */
  readonly sha256: string | null;
  readonly run: string | null;
  readonly round: number | null;
  readonly operation: string | null;
  readonly clause: string | null;
  /** Messages that this line stands for: 1, or the signs of life since the line before. */
  readonly count: number;
}

const pageSize = 500;

/**
 * The transcript of everything that left this site. The database knows first; a line that a crash has kept from the file is
 * appended at the next start, so the file lacks nothing. Signs of life are told in one line a minute.
 */
export class Transcript {
  private constructor(private readonly file: FileHandle) {}

  /** Opens the transcript, cuts off half a line of a crash, and appends what the file lacks. */
  static async open(path: string, outbox: SiteOutboxRepository): Promise<Transcript> {
    await cutHalfLine(path);
    const known = await readKnown(path);
    const transcript = new Transcript(await open(path, 'a', 0o600));
    for (let after = '0'; ;) {
      const page = await outbox.sent(after, pageSize);
      await transcript.append(page.flatMap((message) => missingLines(message, known.get(Number(message.id)) ?? 0)));
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return transcript;
      after = last.id;
    }
  }

  /** Appends lines, in order. */
  async append(lines: readonly TranscriptLine[]): Promise<void> {
    if (lines.length > 0) await this.file.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Writes through to the disk and closes. */
  async close(): Promise<void> {
    await this.file.sync();
    await this.file.close();
  }
}

/** One line for each sending that the file does not know. When an earlier one was acknowledged, nobody knows any more. */
function missingLines(message: OutboxMessage, known: number): TranscriptLine[] {
  return Array.from({ length: Math.max(0, message.sends - known) }, (_, i) =>
    lineOf(message, known + 1 + i, message.sentAt ?? new Date(0)),
  );
}

/** The line that tells of one sending of a message. */
export function lineOf(message: OutboxMessage, sends: number, at: Date): TranscriptLine {
  return {
    seq: Number(message.id),
    sends,
    time: at.toISOString(),
    subject: message.subject,
    type: message.type,
    bytes: message.frameBytes,
    sha256: message.frameSha256,
    run: message.run,
    round: message.round,
    operation: message.operation,
    clause: message.clauseId,
    count: 1,
  };
}

/** The line that tells of the signs of life of the last minute. */
export function heartbeatLine(subject: string, count: number, bytes: number, at: Date): TranscriptLine {
  return {
    seq: 0,
    sends: 1,
    time: at.toISOString(),
    subject,
    type: 'heartbeat',
    bytes,
    sha256: null,
    run: null,
    round: null,
    operation: null,
    clause: null,
    count,
  };
}

/** Removes what stands after the last line end: half a line that a crash has left. */
async function cutHalfLine(path: string): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    let end = size;
    const piece = Buffer.alloc(65_536);
    while (end > 0) {
      const from = Math.max(0, end - piece.length);
      const { bytesRead } = await file.read(piece, 0, end - from, from);
      const newline = piece.subarray(0, bytesRead).lastIndexOf(10);
      end = newline >= 0 ? from + newline + 1 : from;
      if (newline >= 0) break;
    }
    if (end < size) await file.truncate(end);
  } finally {
    await file.close();
  }
}

/** How often each message is in the file. */
async function readKnown(path: string): Promise<ReadonlyMap<number, number>> {
  const sends = new Map<number, number>();
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    const { seq, sends: times } = JSON.parse(line) as TranscriptLine;
    sends.set(seq, Math.max(sends.get(seq) ?? 0, times));
  }
  return sends;
}
