import type { SeriesRole } from '@cohortium/imaging';
import { isAppError } from '@cohortium/kernel';
import type { Clock } from '@cohortium/kernel';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { intakeErrors } from '../errors.js';
import { findConflicts } from './conflicts.js';
import type { Conflict, ConflictContext } from './conflicts.js';
import { decisionsOf } from './decisions.js';
import type { Decision, Decisions } from './decisions.js';
import { appendLine, makeFolder, writeOnce, writeWhole } from './durable-files.js';
import { describe, readEntry } from './tray-entry.js';
import type { Source, TrayEntry } from './tray-entry.js';

/** What became of an object that was handed in. */
export interface Receipt {
  /** `stored` is new; `known` was there before, byte for byte or in other wrapping; `rejected` is kept aside with its reason. */
  readonly outcome: 'stored' | 'known' | 'rejected';
  readonly sha256: string;
  /** Why an object was rejected: a word of `INTAKE.REJECTED`. */
  readonly reason?: string;
}

/** An object that was not taken, with why and when. */
export interface RejectedObject {
  readonly sha256: string;
  readonly reason: string;
  readonly byteCount: number;
  readonly receivedAtMs: number;
}

/** Largest object that is taken by default: an Enhanced MR object of a long series is a tenth of it. */
export const defaultObjectLimitBytes = 2 ** 29;

/** No object takes so long to write. */
const draftLifeMs = 3_600_000;

/**
 * The place where everything lands first, a folder at the site. Objects are files named by their SHA-256 and are never changed or deleted
 * here; what a person decides is a line in a log; all else is computed from the two. Several processes may hand in at once.
 *
 * Order after a crash: an object is on the disk before its entry; an entry that is missing or torn is made again from its object. What
 * {@link receive} has answered for is on the disk.
 */
export class IntakeTray {
  private readonly known = new Map<string, TrayEntry>();
  private readonly contents = new Set<string>();
  private readonly instances = new Set<string>();
  private readonly rejectedHashes = new Set<string>();
  private secret: Uint8Array | undefined;

  private constructor(
    readonly folder: string,
    private readonly clock: Clock,
    private readonly limitBytes: number,
  ) {}

  /** Opens a tray, made where there is none, and puts right what a crash left. @throws the system's error */
  static open(folder: string, clock: Clock, limitBytes = defaultObjectLimitBytes): IntakeTray {
    for (const part of ['incoming', 'objects', 'entries', 'rejected', 'expected']) makeFolder(join(folder, part));
    const tray = new IntakeTray(folder, clock, limitBytes);
    tray.dropDrafts();
    tray.refresh();
    return tray;
  }

  /** Takes an object. What is no DICOM object is kept as rejected. @throws the system's error, for instance of a full disk */
  receive(bytes: Uint8Array, source: Source): Receipt {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (this.known.has(sha256)) return { outcome: 'known', sha256 };
    if (bytes.length > this.limitBytes) return this.reject(bytes, sha256, 'tooLarge');
    let entry: TrayEntry;
    try {
      entry = describe(bytes, sha256, source, this.clock.nowMs());
    } catch (error) {
      if (!isAppError(error, 'INTAKE.REJECTED')) throw error;
      return this.reject(bytes, sha256, String(error.params['problem']));
    }
    if (this.contents.has(contentKey(entry))) return { outcome: 'known', sha256 };
    makeFolder(join(this.folder, 'objects', sha256.slice(0, 2)));
    writeWhole(this.objectPath(sha256), bytes, join(this.folder, 'incoming'));
    this.writeEntry(entry);
    return { outcome: 'stored', sha256 };
  }

  /** Keeps an object aside that could not be taken, with the reason. */
  reject(bytes: Uint8Array, sha256: string, reason: string): Receipt {
    if (!this.rejectedHashes.has(sha256)) {
      const record: RejectedObject = { sha256, reason, byteCount: bytes.length, receivedAtMs: this.clock.nowMs() };
      // A file beyond the limit stays where it came from; its record says so.
      if (reason !== 'tooLarge') writeWhole(join(this.folder, 'rejected', `${sha256}.bin`), bytes, join(this.folder, 'incoming'));
      writeWhole(join(this.folder, 'rejected', `${sha256}.json`), Buffer.from(JSON.stringify(record)), join(this.folder, 'incoming'));
      this.rejectedHashes.add(sha256);
    }
    return { outcome: 'rejected', sha256, reason };
  }

  /** Objects that were rejected, the oldest first. */
  rejected(): readonly RejectedObject[] {
    return [...this.rejectedHashes]
      .map((sha256) => JSON.parse(readFileSync(join(this.folder, 'rejected', `${sha256}.json`), 'utf8')) as RejectedObject)
      .sort((a, b) => a.receivedAtMs - b.receivedAtMs || (a.sha256 < b.sha256 ? -1 : 1));
  }

  /**
   * Digest of an identifier, in hexadecimal, for lists that may be passed on: keyed with random bytes that stay in the tray, so that
   * nobody else finds the identifier by trying all.
   */
  digestOf(text: string): string {
    if (this.secret === undefined) {
      const path = join(this.folder, 'labels.key');
      if (!existsSync(path)) writeOnce(path, randomBytes(32), join(this.folder, 'incoming'));
      this.secret = readFileSync(path);
    }
    return createHmac('sha256', this.secret).update(text).digest('hex');
  }

  /** Bytes of an object as they came. */
  read(sha256: string): Uint8Array {
    return readFileSync(this.objectPath(sha256));
  }

  /** True where an object with this UID is in the tray, in whatever content. */
  hasInstance(sopInstanceUid: string): boolean {
    return this.instances.has(sopInstanceUid);
  }

  /** Notes how many images an archive says that a series has, so that a short one is seen. */
  expect(seriesUid: string, count: number): void {
    const name = `${createHash('sha256').update(seriesUid).digest('hex').slice(0, 32)}.json`;
    writeWhole(join(this.folder, 'expected', name), Buffer.from(JSON.stringify({ seriesUid, count })), join(this.folder, 'incoming'));
  }

  /** All objects in the order in which they came; `setAside` marks those that a person decided against. */
  entries(): readonly TrayEntry[] {
    return [...this.known.values()].sort((a, b) => a.receivedAtMs - b.receivedAtMs || (a.sha256 < b.sha256 ? -1 : 1));
  }

  /** What a person decided. */
  decisions(): Decisions {
    const path = join(this.folder, 'decisions.jsonl');
    return decisionsOf(existsSync(path) ? readFileSync(path, 'utf8') : '');
  }

  /** Open conflicts among the objects that were not set aside. */
  conflicts(pseudonymOf?: ConflictContext['pseudonymOf']): readonly Conflict[] {
    const { accepted, setAside } = this.decisions();
    const context = {
      accepted,
      expected: this.expectedCounts(),
      digestOf: (text: string) => this.digestOf(text),
      ...(pseudonymOf === undefined ? {} : { pseudonymOf }),
    };
    return findConflicts(
      this.entries().filter(({ sha256 }) => !setAside.has(sha256)),
      context,
    );
  }

  /**
   * Decides a conflict: one side is kept and the others are set aside, or all stay.
   * @param keep number of the side, from 1; `all` to accept
   * @throws `INTAKE.NO_CONFLICT`, `INTAKE.BAD_DECISION`
   */
  resolve(id: string, keep: number | 'all', pseudonymOf?: ConflictContext['pseudonymOf']): Decision {
    const conflict = this.conflicts(pseudonymOf).find((open) => open.id === id);
    if (conflict === undefined) throw intakeErrors.error('INTAKE.NO_CONFLICT', { id });
    const sides = conflict.sides.length;
    if (keep === 'all' ? !conflict.canAccept : !conflict.canKeep || keep < 1 || keep > sides)
      throw intakeErrors.error('INTAKE.BAD_DECISION', { id, kind: conflict.kind, sides });
    const setAside = keep === 'all' ? [] : conflict.sides.flatMap((side, at) => (at === keep - 1 ? [] : side));
    return this.decide({ kind: 'resolve', conflict: id, about: conflict.kind, accepted: keep === 'all', setAside });
  }

  /**
   * Releases series for de-identification: those named, or all without open conflicts.
   * @returns UIDs of the series that were released now
   * @throws `INTAKE.HELD` where a named series has an open conflict, `INTAKE.NO_SUCH_SERIES`
   */
  release(seriesUids: readonly string[] | 'all', pseudonymOf?: ConflictContext['pseudonymOf']): readonly string[] {
    const { released, setAside } = this.decisions();
    const held = this.heldSeries(pseudonymOf);
    const present = new Set(this.entries().flatMap(({ sha256, seriesUid }) => (setAside.has(sha256) ? [] : seriesUid)));
    const wanted = seriesUids === 'all' ? [...present].filter((uid) => !held.has(uid)) : seriesUids;
    if (wanted.some((uid) => !present.has(uid))) throw intakeErrors.error('INTAKE.NO_SUCH_SERIES');
    const stuck = wanted.filter((uid) => held.has(uid));
    if (stuck.length > 0) throw intakeErrors.error('INTAKE.HELD', { count: stuck.length });
    const fresh = wanted.filter((uid) => !released.has(uid));
    if (fresh.length > 0) this.decide({ kind: 'release', series: fresh });
    return fresh;
  }

  /** Notes what a person says that a series is; the last word counts. @throws `INTAKE.NO_SUCH_SERIES` */
  assignRole(seriesUid: string, role: SeriesRole): Decision {
    if (!this.entries().some((entry) => entry.seriesUid === seriesUid)) throw intakeErrors.error('INTAKE.NO_SUCH_SERIES');
    return this.decide({ kind: 'role', series: seriesUid, role });
  }

  /** Objects of released series that are neither set aside nor in an open conflict that came up since. */
  releasedEntries(pseudonymOf?: ConflictContext['pseudonymOf']): readonly TrayEntry[] {
    const { released, setAside } = this.decisions();
    const held = this.heldSeries(pseudonymOf);
    return this.entries().filter(({ sha256, seriesUid }) => released.has(seriesUid) && !setAside.has(sha256) && !held.has(seriesUid));
  }

  /** Series with an open conflict of their own, their imaging study or their participant. */
  heldSeries(pseudonymOf?: ConflictContext['pseudonymOf']): ReadonlySet<string> {
    const concerned = new Set(this.conflicts(pseudonymOf).flatMap(({ sides }) => sides.flat()));
    return new Set(this.entries().flatMap(({ sha256, seriesUid }) => (concerned.has(sha256) ? seriesUid : [])));
  }

  /** Looks at the disk again: another process may have handed in. */
  refresh(): void {
    // Objects first: what another process stores from now on has its entry read below, or is seen the next time.
    const objects = readdirSync(join(this.folder, 'objects')).flatMap((part) => readdirSync(join(this.folder, 'objects', part)));
    for (const name of readdirSync(join(this.folder, 'entries'))) {
      const sha256 = name.replace(/\.json$/, '');
      // An entry never changes.
      if (!this.known.has(sha256)) this.keep(this.entryOf(sha256));
    }
    for (const name of objects) this.recover(name.replace(/\.dcm$/, ''));
    for (const name of readdirSync(join(this.folder, 'rejected'))) if (name.endsWith('.json')) this.rejectedHashes.add(name.slice(0, -5));
  }

  /** Makes a missing or torn entry again, but never in place of one that the process that took the object writes at this moment. */
  private recover(sha256: string): void {
    if (this.known.has(sha256)) return;
    const written = this.entryOf(sha256);
    if (written !== undefined) return this.keep(written);
    const path = this.entryPath(sha256);
    const isTorn = existsSync(path);
    const entry = describe(this.read(sha256), sha256, { way: 'folder', push: 'recovered' }, this.clock.nowMs());
    if (isTorn && this.entryOf(sha256) === undefined) this.writeEntry(entry);
    else {
      const isOurs = writeOnce(path, Buffer.from(JSON.stringify(entry)), join(this.folder, 'incoming'));
      this.keep(isOurs ? entry : this.entryOf(sha256));
    }
  }

  private entryOf(sha256: string): TrayEntry | undefined {
    const path = this.entryPath(sha256);
    return existsSync(path) ? readEntry(readFileSync(path, 'utf8')) : undefined;
  }

  private entryPath(sha256: string): string {
    return join(this.folder, 'entries', `${sha256}.json`);
  }

  private decide(decision: WithoutTime<Decision>): Decision {
    const whole = { atMs: this.clock.nowMs(), ...decision } as Decision;
    appendLine(join(this.folder, 'decisions.jsonl'), JSON.stringify(whole));
    return whole;
  }

  private expectedCounts(): Map<string, number> {
    const folder = join(this.folder, 'expected');
    const counts = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { seriesUid: string; count: number }); // prettier-ignore
    return new Map(counts.map(({ seriesUid, count }) => [seriesUid, count]));
  }

  private writeEntry(entry: TrayEntry): void {
    writeWhole(this.entryPath(entry.sha256), Buffer.from(JSON.stringify(entry)), join(this.folder, 'incoming'));
    this.keep(entry);
  }

  private keep(entry: TrayEntry | undefined): void {
    if (entry === undefined) return;
    this.known.set(entry.sha256, entry);
    this.contents.add(contentKey(entry));
    this.instances.add(entry.sopInstanceUid);
  }

  private objectPath(sha256: string): string {
    return join(this.folder, 'objects', sha256.slice(0, 2), `${sha256}.dcm`);
  }

  /** Drafts that a crash left were never answered for. Their age tells: the process may live on another machine or in a container. */
  private dropDrafts(): void {
    for (const name of readdirSync(join(this.folder, 'incoming'))) {
      const path = join(this.folder, 'incoming', name);
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (changed !== undefined && Date.now() - changed > draftLifeMs) rmSync(path, { force: true });
    }
  }
}

type WithoutTime<D> = D extends unknown ? Omit<D, 'atMs'> : never;

/** The same object again, in whatever file: nothing to store. */
function contentKey({ sopInstanceUid, contentSha256 }: TrayEntry): string {
  return `${sopInstanceUid} ${contentSha256}`;
}
