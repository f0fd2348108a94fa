import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, canonicalJson, hashJson, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { rosterKeysOf, rosterOf } from '@cohortium/privacy';
import type { RosterKeys } from '@cohortium/privacy';
import {
  checkRoster,
  mergeSigned,
  parseSignedProtocol,
  parseSignedRoster,
  publicKeyText,
  rosterHash,
  standingOf,
} from '@cohortium/protocol';
import type { KeyRecord, KnownSigner, SignedProtocol, SiteStanding } from '@cohortium/protocol';
import { z } from 'zod';
import { siteErrors } from '../errors.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import { paths, readPrivateFile, systemCode } from '../own-files.js';

const person = z.strictObject({ name: z.string().min(1).max(200), publicKey: publicKeyText });

/** Whose signatures this site acts on, as its operator pinned them: never what a message brings along. */
const peopleFile = z.strictObject({ schemaVersion: z.literal(1), coordinator: person, sitePi: person, ethicsBoard: person });

/** A roster that holds here. */
interface AcceptedRoster {
  readonly hash: Sha256;
  /** Ed25519 keys of all sites, base64url. */
  readonly signingKeys: ReadonlyMap<string, string>;
  /** The same, as masking takes them. */
  readonly keys: RosterKeys;
  /** Key that signs the coordinator's logs, base64url. */
  readonly coordinatorLogKey: string;
}

/** Without a roster nobody is in it, and nothing can be masked: fails closed. */
const nobody = rosterOf(new Map());

/** What the site's folder says at one moment. */
interface Loaded {
  readonly stamp: string;
  /** Hash of everything read: decisions rest on it. */
  readonly hash: Sha256;
  readonly signers: readonly KnownSigner[];
  readonly roster: AcceptedRoster | null;
  readonly byStudy: ReadonlyMap<string, SignedProtocol>;
}

/** Larger files are not signed protocols. */
const maxFileBytes = 16 * 1024 ** 2;

/**
 * What the site's own people have signed: files below `trust/` that they bring by hand. Read again whenever one of them changes, so that a
 * revocation acts with the next message. A file that cannot be read counts as absent, which allows less, never more.
 */
export class Approvals {
  private loaded: Loaded | undefined;

  constructor(
    private readonly site: string,
    private readonly dataDir: string,
    private readonly record: KeyRecord,
    private readonly log: SiteLog,
  ) {}

  /** Hash of everything that decisions rest on. */
  async hash(): Promise<Sha256> {
    return (await this.load()).hash;
  }

  /** SHA-256 of the roster in force here; null where there is none. */
  async rosterHash(): Promise<Sha256 | null> {
    return (await this.load()).roster?.hash ?? null;
  }

  /**
   * The key that signs the logs of a site, or of the coordinator (`null`), base64url, by the roster in force here.
   * @returns undefined where there is no roster, null for a site that it does not list
   */
  async logKeyOf(site: string | null): Promise<string | null | undefined> {
    const { roster } = await this.load();
    if (roster === null) return undefined;
    return site === null ? roster.coordinatorLogKey : (roster.signingKeys.get(site) ?? null);
  }

  /** Keys of all sites as the roster in force here pins them; none where there is no roster. */
  async rosterKeys(): Promise<RosterKeys> {
    return (await this.load()).roster?.keys ?? nobody;
  }

  /** Under which version of a study's protocol this site acts. */
  async standing(study: string): Promise<SiteStanding> {
    const { byStudy, signers } = await this.load();
    const signed = byStudy.get(study);
    if (signed === undefined || signers.length === 0) return { state: 'incomplete', missing: ['coordinator', 'sitePi', 'ethicsBoard'] };
    return standingOf(signed, this.site, signers);
  }

  private async load(): Promise<Loaded> {
    const files = await this.files();
    const stamp = canonicalJson(files);
    if (this.loaded?.stamp === stamp) return this.loaded;
    const people = await this.people();
    const roster = await this.roster(people);
    const byStudy = new Map<string, SignedProtocol>();
    for (const [file] of files.filter(([file]) => file.startsWith(paths.signedProtocols(this.dataDir)))) {
      const signed = await this.quietly(file, async () => parseSignedProtocol(JSON.parse(await readFile(file, 'utf8'))));
      const study = signed?.versions[0]?.protocol.study;
      if (signed === undefined || study === undefined) continue;
      const known = byStudy.get(study);
      const merged = known === undefined ? signed : await this.quietly(file, () => Promise.resolve(mergeSigned(known, signed)));
      // Two histories that contradict each other: neither counts.
      if (merged === undefined) byStudy.delete(study);
      else byStudy.set(study, merged);
    }
    // A roster that does not hold takes everything with it: nobody knows who the others are.
    const signers = roster === 'bad' ? [] : people;
    const rosterHere = roster === 'bad' || roster === null ? roster : roster.hash;
    const hash = hashJson({
      signers,
      roster: rosterHere,
      studies: [...byStudy].map(([study, signed]) => [study, sha256(canonicalJson(signed))]),
    });
    this.loaded = { stamp, hash, signers, roster: roster === 'bad' ? null : roster, byStudy };
    this.log.info({ event: 'approvals-read', studies: [...byStudy.keys()], roster: this.loaded.roster?.hash ?? 'none' });
    return this.loaded;
  }

  /** Names, times and sizes of all files that matter. */
  private async files(): Promise<[string, number, number, number][]> {
    const folder = paths.signedProtocols(this.dataDir);
    let names: string[];
    try {
      names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
    } catch {
      names = [];
    }
    const all = [paths.people(this.dataDir), paths.roster(this.dataDir), ...names.map((name) => join(folder, name))];
    const found: [string, number, number, number][] = [];
    for (const file of all) {
      try {
        const { mtimeMs, size, ino } = await stat(file);
        if (size <= maxFileBytes) found.push([file, mtimeMs, size, ino]);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
    return found;
  }

  private async people(): Promise<readonly KnownSigner[]> {
    const file = paths.people(this.dataDir);
    const parsed = await this.quietly(file, async () => peopleFile.parse(JSON.parse(await readPrivateFile(file))));
    if (parsed === undefined) return [];
    const { site } = this;
    return [
      { role: 'coordinator', site: null, ...parsed.coordinator },
      { role: 'sitePi', site, ...parsed.sitePi },
      { role: 'ethicsBoard', site, ...parsed.ethicsBoard },
    ];
  }

  /** The roster; null where there is no file; `bad` where there is one that this site cannot accept. */
  private async roster(pinned: readonly KnownSigner[]): Promise<AcceptedRoster | 'bad' | null> {
    const file = paths.roster(this.dataDir);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }
    const accepted = await this.quietly(file, async () => {
      const signed = parseSignedRoster(JSON.parse(text));
      await checkRoster(signed, pinned);
      const own = signed.roster.sites.find(({ site }) => site === this.site);
      const { nkey, signingKey, agreementKey } = this.record;
      if (own?.nkey !== nkey || own.signingKey !== signingKey || own.agreementKey !== agreementKey)
        throw siteErrors.error('SITE.ROSTER_KEYS', { site: this.site });
      const signingKeys = new Map(signed.roster.sites.map((listed) => [listed.site, listed.signingKey]));
      const { coordinatorLogKey } = signed.roster;
      return { hash: rosterHash(signed.roster), signingKeys, coordinatorLogKey, keys: rosterKeysOf(signed.roster) };
    });
    return accepted ?? 'bad';
  }

  /** The value, or undefined and a line in the log: a file that someone brought must not stop the node. */
  private async quietly<T>(file: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const reason = error instanceof AppError ? errorFields(error) : { reason: error instanceof Error ? error.name : 'unknown' };
      this.log.warn({ event: 'trust-file-refused', file: file.slice(this.dataDir.length + 1), ...reason });
      return undefined;
    }
  }
}
