import type { Signer } from '@cohortium/kernel';
import { coordinatorLog, decodeLeaf, formatKey, sealBundle, signatureTypes, siteLog } from '@cohortium/ledger';
import type { Bundle, Leaf } from '@cohortium/ledger';
import type { CoordinatorDatabase } from '@cohortium/persistence';

/** What a bundle is written from. */
export interface BundleSource {
  readonly database: CoordinatorDatabase;
  readonly signer: Signer;
  readonly study: string;
  /** Sites by code. */
  readonly sites: readonly string[];
  /** With frames and totals. */
  readonly full: boolean;
}

/** The bundle of a study as it stands: logs, checkpoints with cosignatures, protocols, models and results, in one canonical document. */
export async function writeBundle({ database, signer, study, sites, full }: BundleSource): Promise<string> {
  const own = coordinatorLog(study);
  const ownKey = formatKey({ name: own, type: signatureTypes.ed25519, publicKey: signer.publicKey });
  const roster: Bundle['roster'] = [{ log: own, role: 'coordinator', site: null, key: ownKey }];
  const logs: Bundle['logs'] = [];
  for (const site of [...sites].sort()) {
    const peer = await database.checkpoints.peer(siteLog(study, site));
    // A site that has not told its log yet has nothing to show.
    if (peer !== undefined) roster.push({ log: peer.log, role: 'site', site, key: peer.key });
  }
  for (const { log } of roster) logs.push(await logOf(database, log));
  const leaves = (logs[0]?.leaves ?? []) as Leaf[];
  const documents = await documentsOf(database, study, leaves);
  const content = full ? ('full' as const) : ('light' as const);
  const bundle = { format: 'cohortium-bundle' as const, version: 1 as const, study, content, roster, logs, ...documents };
  return sealBundle({ ...bundle, ...(full ? await contentOf(database, study) : withoutContent) }, signer);
}

/** A log up to its last checkpoint: what came after it is not signed yet. */
async function logOf(database: CoordinatorDatabase, origin: string): Promise<Bundle['logs'][number]> {
  const size = (await database.checkpoints.latest(origin))?.size ?? 0;
  const texts = await database.ledger.leaves(origin, 0, size);
  const tree = await database.ledger.tree(origin);
  const tile = Buffer.concat(Array.from({ length: size }, (_, i) => tree.read(0, i))).toString('base64');
  return { origin, tile, leaves: texts.map(decodeLeaf), checkpoints: [...(await database.checkpoints.all(origin))] };
}

/** Documents in the order in which the coordinator's log names them. */
async function documentsOf(
  database: CoordinatorDatabase,
  study: string,
  leaves: readonly Leaf[],
): Promise<Pick<Bundle, 'protocols' | 'models' | 'results'>> {
  const [protocols, models, results] = [
    await database.bundles.protocols(study),
    await database.bundles.models(study),
    await database.bundles.results(study),
  ];
  const read = (json: string | undefined): unknown[] => (json === undefined ? [] : [JSON.parse(json)]);
  return {
    protocols: leaves.flatMap((leaf) => (leaf.type === 'protocolVersion' ? read(protocols.get(leaf.protocolHash)) : [])),
    models: leaves.flatMap((leaf) =>
      leaf.type === 'modelCommit' ? read(models.get(leaf.run)).map((model) => ({ run: leaf.run, model })) : [],
    ),
    results: leaves.flatMap((leaf) =>
      leaf.type === 'runClosed' && leaf.resultsSha256 !== null
        ? read(results.get(leaf.run)).map((held) => ({ run: leaf.run, results: held }))
        : [],
    ),
  };
}

type Content = Pick<Bundle, 'frames' | 'totals' | 'seeds' | 'masking'>;
const withoutContent: Content = { frames: [], totals: [], seeds: [], masking: { batches: [], rounds: [] } };

async function contentOf(database: CoordinatorDatabase, study: string): Promise<Content> {
  const text = (content: Uint8Array): string => Buffer.from(content).toString('base64');
  const frames = (await database.bundles.frames(study)).map(({ content, ...at }) => ({ ...at, content: text(content) }));
  const totals = (await database.bundles.totals(study)).map(({ content, ...at }) => ({ ...at, content: text(content) }));
  const openings = await database.masking.openings(study);
  const seeds = openings.flatMap(({ run, round, seeds: bySite }) =>
    Object.entries(bySite)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([site, seed]) => ({ run, round, site, seed })),
  );
  const rounds = openings.map(({ run, round, batch, sum }) => ({ run, round, batch, sum }));
  // Batches whose keys were all there but whose sums never were committed, would be content that nothing uses.
  const used = new Set(rounds.map(({ run, batch }) => `${run} ${batch}`));
  const batches = (await database.masking.offered(study))
    .filter(({ run, batch }) => used.has(`${run} ${batch}`))
    .map(({ run, batch, keys, offers }) => ({ run, batch, keys, offers: [...offers] }));
  return { frames, totals, seeds, masking: { batches, rounds } };
}
