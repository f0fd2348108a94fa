import type { Federation, RosterScope } from '@cohortium/federation';
import { operationName } from '@cohortium/federation';
import { findClause } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { characteristicSumsQuery, characteristicsQuery, fitCharacteristics, flowQuery } from '@cohortium/statistics';
import type { CharacteristicValue } from '@cohortium/statistics';
import { characteristicName } from '../cohort/read-cohort.js';
import type { Science } from '../science.js';

const notInProtocol = { state: 'not-done', reason: 'notInProtocol' } as const;

/** How candidates became participants at every site, where a clause allows it. */
export async function askFlow(federation: Federation, protocol: Protocol, scope: RosterScope): Promise<Science['flow']> {
  if (!findClause(protocol, operationName(flowQuery), scope.name)) return notInProtocol;
  const answers = await federation.summaries(flowQuery, {}, scope);
  return {
    state: 'ok',
    value: scope.sites.map((site) => ({ site, ...(answers.get(site) as NonNullable<ReturnType<typeof answers.get>>) })),
  };
}

/**
 * The table of participants: each site's line, where a clause allows summaries of it, and the total over the training sites, where one
 * allows the sums.
 */
export async function askCharacteristics(
  federation: Federation,
  protocol: Protocol,
  all: RosterScope,
  training: RosterScope,
): Promise<Science['characteristics']> {
  const listed = protocol.characteristics;
  const siteClause = findClause(protocol, operationName(characteristicsQuery), all.name);
  const sumClause = findClause(protocol, operationName(characteristicSumsQuery), training.name);
  if (listed.length === 0 || (!siteClause && !sumClause)) return notInProtocol;
  const characteristics = listed.map(({ column, levels }) => ({ column: characteristicName(column), levels: levels?.length ?? 0 }));
  const bySite = siteClause ? await federation.summaries(characteristicsQuery, { characteristics }, all) : undefined;
  const totals = sumClause ? await fitCharacteristics(federation, characteristics, training, sumClause.minCell) : undefined;
  const value = listed.map(({ column, label, levels }, k) => ({
    column,
    label: label ?? { en: column, zh: column },
    levels: (levels ?? []).map(String),
    sites: all.sites.flatMap((site) => {
      const found = bySite?.get(site)?.[k];
      return found ? [{ site, value: found }] : [];
    }),
    total: totals ? { state: 'ok' as const, value: totals[k] as CharacteristicValue } : notInProtocol,
  }));
  return { state: 'ok', value };
}
