import { availableParallelism } from 'node:os';
import { resultsSchema, resultsSchemaVersion } from '@cohortium/analysis';
import type { Results, RunFacts, Science } from '@cohortium/analysis';
import { canonicalJson, hashJson } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import type { OutputFolder } from './output-folder.js';

/** What a finished study leaves in the output folder. */
export interface StudyFiles {
  readonly science: Science;
  readonly run: RunFacts;
  readonly protocol: Protocol;
  /** Canonical JSON of the locked model: its SHA-256 is the one in the science. */
  readonly modelJson: string;
  readonly onnx: Uint8Array;
}

/** A row-level file of one site: predictions under the name of the model. */
export interface SitePredictions {
  readonly site: string;
  readonly name: string;
  readonly csv: string;
}

/**
 * Adds results.json (canonical JSON, RFC 8785, so that `science` can be compared byte for byte), the report, the locked model
 * in both forms and the protocol as it ran.
 * @returns the SHA-256 of the canonical JSON of `science`
 * @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE`
 */
export async function addStudyFiles(out: OutputFolder, { science, run, protocol, modelJson, onnx }: StudyFiles): Promise<Sha256> {
  const results: Results = { schemaVersion: resultsSchemaVersion, science, run };
  const text = canonicalJson(results);
  out.add('results.json', `${text}\n`);
  // Its charts take a while to load, and are wanted at the very end.
  const { renderReport } = await import('@cohortium/reporting');
  // From the file's own form, so that `cohortium report` makes the same bytes of it.
  out.add('report.html', renderReport(resultsSchema.parse(JSON.parse(text))));
  out.add('model.json', modelJson);
  out.add('model.onnx', onnx);
  out.add('protocol.json', `${canonicalJson(protocol)}\n`);
  return hashJson(science);
}

/** Adds the predictions of sites, closed to others: they name participants. @throws `CLI.DISK_FULL`, `CLI.CANNOT_WRITE` */
export function addPredictions(out: OutputFolder, predictions: readonly SitePredictions[]): void {
  for (const { site, name, csv } of predictions) out.add(`sites/${site}/predictions-${name}.csv`, csv, true);
}

/** The machine, as run facts state it. */
export function hostFacts(): RunFacts['host'] {
  return { platform: process.platform, arch: process.arch, cpus: availableParallelism() };
}
