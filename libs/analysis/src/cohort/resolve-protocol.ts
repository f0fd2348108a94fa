import { hashJson } from '@cohortium/kernel';
import { checkProtocol, clinicalInputs, protocolErrors, protocolHash } from '@cohortium/protocol';
import type { FeatureSelector, ModelSpec, Protocol } from '@cohortium/protocol';
import { columnIndex, parseTable } from './table.js';

/** What a protocol is resolved against. */
export interface ResolveAgainst {
  /** Columns of features.csv. */
  readonly featureColumns: readonly string[];
  /** Columns of clinical.csv; without them, optional characteristics stay in the protocol. */
  readonly clinicalColumns?: readonly string[] | undefined;
  /** Text of the feature dictionary, where the selector names one. */
  readonly dictionary?: string | undefined;
  /** Every site of the cohort or roster. */
  readonly sites: readonly string[];
  /** Overrides `sites.external`. */
  readonly external?: readonly string[] | undefined;
  /** Marks the protocol as one on made data. */
  readonly synthetic?: boolean | undefined;
  /** How the features of this cohort were made: bound where the protocol itself binds nothing. */
  readonly extraction?: Protocol['extraction'];
}

/**
 * The protocol as it is submitted: features listed and hashed, sites named. Options that change it make a derived protocol that
 * names the hash of its origin.
 * @throws `PROTOCOL.UNKNOWN_COLUMN`, `PROTOCOL.NO_FEATURES`, `PROTOCOL.UNKNOWN_SITE`, `PROTOCOL.LINT`
 */
export function resolveProtocol(protocol: Protocol, against: ResolveAgainst): Protocol {
  const features = selectFeatures(protocol.features, against);
  const clinical = clinicalInputs(protocol).map(({ name }) => name);
  for (const name of clinical)
    if (features.includes(name))
      throw protocolErrors.error('PROTOCOL.UNKNOWN_COLUMN', { column: name, role: 'clinical', where: 'clinical.csv' });
  const names = [...features, ...clinical];
  const byModel = Object.fromEntries(
    protocol.analysis.models.map((model) => [model.id, modelInputs(protocol, model, features, clinical, against)]),
  );
  const external = [...(against.external ?? protocol.sites.external)].sort();
  const known = against.sites.join(', ');
  const training = [...(protocol.sites.training ?? against.sites)].filter((site) => !external.includes(site)).sort();
  for (const site of [...external, ...training])
    if (!against.sites.includes(site)) throw protocolErrors.error('PROTOCOL.UNKNOWN_SITE', { site, known });
  const extraction = protocol.extraction ?? against.extraction;
  const resolved = {
    ...protocol,
    synthetic: against.synthetic ?? protocol.synthetic,
    ...(extraction === undefined ? {} : { extraction }),
    sites: { ...protocol.sites, training, external },
    characteristics: protocol.characteristics.filter(
      ({ column, optional }) => !optional || against.clinicalColumns === undefined || against.clinicalColumns.includes(column),
    ),
    featureList: { names, sha256: hashJson(names), byModel },
  };
  return checkProtocol({ ...resolved, derivedFrom: protocol.derivedFrom ?? protocolHash(protocol) });
}

/** Inputs of one model, in the order of the study's. @throws `PROTOCOL.UNKNOWN_COLUMN`, `PROTOCOL.NO_FEATURES` */
function modelInputs(
  protocol: Protocol,
  { id, inputs }: ModelSpec,
  features: readonly string[],
  clinical: readonly string[],
  against: ResolveAgainst,
): string[] {
  const chosen = new Set(chosenFeatures(protocol, inputs.features, features, against));
  const unknown = [...chosen].find((name) => !features.includes(name));
  if (unknown !== undefined)
    throw protocolErrors.error('PROTOCOL.UNKNOWN_COLUMN', { column: unknown, role: `inputs of ${id}`, where: 'features.csv' });
  const names = [...features.filter((name) => chosen.has(name)), ...(inputs.clinical ? clinical : [])];
  if (names.length === 0) throw protocolErrors.error('PROTOCOL.NO_FEATURES', { where: `features.csv (${id})` });
  return names;
}

function chosenFeatures(
  protocol: Protocol,
  wanted: ModelSpec['inputs']['features'],
  features: readonly string[],
  against: ResolveAgainst,
): readonly string[] {
  if (wanted === 'all') return features;
  if (wanted === 'none') return [];
  if ('list' in wanted) return wanted.list;
  const file = 'dictionary' in protocol.features ? protocol.features.dictionary : 'feature_dictionary.csv';
  const kept = new Set(features);
  return fromDictionary(file, wanted.where, against.dictionary).filter((name) => kept.has(name));
}

function selectFeatures(selector: FeatureSelector, against: ResolveAgainst): string[] {
  const available = against.featureColumns.filter((column) => column !== 'patient_id' && column !== 'site');
  const names =
    'all' in selector
      ? available
      : 'list' in selector
        ? [...selector.list]
        : fromDictionary(selector.dictionary, selector.where, against.dictionary);
  if (names.length === 0) throw protocolErrors.error('PROTOCOL.NO_FEATURES', { where: 'features.csv' });
  const have = new Set(available);
  for (const column of names)
    if (!have.has(column)) throw protocolErrors.error('PROTOCOL.UNKNOWN_COLUMN', { column, role: 'feature', where: 'features.csv' });
  return names;
}

function fromDictionary(file: string, where: Readonly<Record<string, string | number | boolean>>, text: string | undefined): string[] {
  if (text === undefined)
    throw protocolErrors.error('PROTOCOL.UNKNOWN_COLUMN', { column: 'feature', role: 'feature dictionary', where: file });
  const table = parseTable(text, file);
  const feature = columnIndex(table, 'feature');
  const conditions = Object.entries(where).map(([column, value]) => {
    const index = table.columns.indexOf(column);
    if (index < 0) throw protocolErrors.error('PROTOCOL.UNKNOWN_COLUMN', { column, role: 'feature dictionary', where: file });
    return { index, value: String(value).toLowerCase() };
  });
  return table.rows
    .filter((row) => conditions.every(({ index, value }) => (row[index] ?? '').trim().toLowerCase() === value))
    .map((row) => row[feature] as string);
}
