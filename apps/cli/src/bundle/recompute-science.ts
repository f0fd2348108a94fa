import { runStudy } from '@cohortium/analysis';
import type { Science } from '@cohortium/analysis';
import { RoundFederation } from '@cohortium/federation';
import type { RunJournal } from '@cohortium/federation';
import { parseSiteId } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { parseLeaf } from '@cohortium/ledger';
import type { Bundle, LeafOf } from '@cohortium/ledger';
import { checkProtocol, protocolHash } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';

/** A run computed again from what its rounds learned. */
export interface RecomputedRun {
  readonly run: string;
  readonly science: Science;
  /** Hash of the model that the program locked. */
  readonly modelSha256: string | undefined;
}

/**
 * Runs the study program of this release again on the totals of a full bundle, run by run that finished. It asks no site: a question that
 * no round of the bundle answers is an error, and so is another question than the one that was asked.
 * @throws what the program throws
 */
export async function recomputeScience(bundle: Bundle): Promise<readonly RecomputedRun[]> {
  const leaves = (bundle.logs[0]?.leaves ?? []).map(parseLeaf);
  const protocols = new Map(
    bundle.protocols.map((value) => checkProtocol(value)).map((protocol) => [protocolHash(protocol) as string, protocol]),
  );
  const runs: RecomputedRun[] = [];
  for (const closed of leaves) {
    if (closed.type !== 'runClosed' || closed.state !== 'finished') continue;
    const rounds = leaves.filter((leaf) => leaf.type === 'roundCommit' && leaf.run === closed.run) as LeafOf<'roundCommit'>[];
    const protocol = protocols.get(rounds[0]?.protocolHash ?? '');
    if (protocol === undefined) throw new RangeError('a run without rounds');
    runs.push(await replay(closed.run, protocol, journalOf(bundle, closed.run, rounds)));
  }
  return runs;
}

async function replay(run: string, protocol: Protocol, journal: RunJournal): Promise<RecomputedRun> {
  let modelSha256: string | undefined;
  const nobody = { ask: () => Promise.reject(new RangeError('a round that the bundle does not hold')) };
  const host = {
    lockModel: (_model: unknown, hash: Sha256) => {
      modelSha256 = hash;
      return Promise.resolve();
    },
    stepBegins: () => undefined,
  };
  const training = (protocol.sites.training ?? []).map(parseSiteId);
  const external = protocol.sites.external.map(parseSiteId);
  const science = await runStudy({ protocol, training, external }, new RoundFederation(nobody, journal), host);
  return { run, science, modelSha256 };
}

function journalOf({ totals }: Bundle, run: string, rounds: readonly LeafOf<'roundCommit'>[]): RunJournal {
  const results = new Map(totals.filter((total) => total.run === run).map(({ round, content }) => [round, Buffer.from(content, 'base64')]));
  const hashes = new Map(rounds.map(({ round, requestHash }) => [round, requestHash as Sha256]));
  return {
    find: (round) => {
      const [hash, result] = [hashes.get(round), results.get(round)];
      return Promise.resolve(hash === undefined || result === undefined ? undefined : { hash, result });
    },
    commit: () => Promise.reject(new RangeError('nothing is learned here')),
  };
}
