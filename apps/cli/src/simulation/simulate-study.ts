import { CohortTable, runStudy } from '@cohortium/analysis';
import type { Science, StudyHost, StudyStep } from '@cohortium/analysis';
import { MemoryJournal, PooledFederation, simulatedFederation } from '@cohortium/federation';
import type { Federation, SimulatedSite } from '@cohortium/federation';
import { canonicalJson } from '@cohortium/kernel';
import type { SiteId } from '@cohortium/kernel';
import { SimulatedMasking, createGate } from '@cohortium/privacy';
import type { MaskingTally } from '@cohortium/privacy';
import { protocolHash } from '@cohortium/protocol';
import { randomBytes } from 'node:crypto';
import type { PreparedStudy } from '../cohort/prepare-cohort.js';
import type { EgressEntry } from '../outputs/egress-table.js';
import type { SitePredictions } from '../outputs/result-files.js';
import { ScoringFederation, SimulatedEgress } from './recording.js';

/** What a simulated study yields. */
export interface SimulatedStudy {
  readonly science: Science;
  readonly modelJson: string;
  readonly onnx: Uint8Array;
  readonly predictions: readonly SitePredictions[];
  /** Empty for the pooled twin, where nothing leaves anywhere. */
  readonly egress: readonly EgressEntry[];
  /** What went through masks. */
  readonly masked: MaskingTally;
}

/**
 * Runs the study program in this process: over simulated sites with real packing, encoding and gates, or on the pooled table.
 * @param stepBegins told of each step of the study
 */
export async function simulateStudy(study: PreparedStudy, pooled: boolean, stepBegins: (step: StudyStep) => void): Promise<SimulatedStudy> {
  const sites = simulatedSites(study);
  const masking = new SimulatedMasking({
    protocol: study.protocol,
    protocolHash: protocolHash(study.protocol),
    random: { bytes: (count) => randomBytes(count) },
  });
  const inner = pooled ? pooledTwin(study, sites.sites) : simulatedFederation(sites.sites, new MemoryJournal(), undefined, masking);
  const egress = pooled ? [] : sites.egress;
  const federation = new ScoringFederation(inner, study.cohorts);
  let locked: { modelJson: string; onnx: Uint8Array } | undefined;
  const host: StudyHost = {
    lockModel: (model, _hash, onnx) => {
      locked = { modelJson: canonicalJson(model), onnx };
      return Promise.resolve();
    },
    stepBegins,
  };
  const science = await runStudy({ protocol: study.protocol, training: study.training, external: study.external }, federation, host);
  const { modelJson, onnx } = locked as { modelJson: string; onnx: Uint8Array };
  return {
    science,
    modelJson,
    onnx,
    predictions: federation.predictions,
    egress: egress.flatMap((site) => site.entries),
    masked: masking.tally,
  };
}

function simulatedSites(study: PreparedStudy): { sites: Map<SiteId, SimulatedSite>; egress: SimulatedEgress[] } {
  const sites = new Map<SiteId, SimulatedSite>();
  const egress: SimulatedEgress[] = [];
  for (const [site, { rows }] of study.cohorts) {
    const history = new SimulatedEgress(site);
    egress.push(history);
    sites.set(site, { rows, gate: history.remembering(createGate({ protocol: study.protocol, site })), history });
  }
  return { sites, egress };
}

/** Stacks are kept, so that a prepared matrix is made once. */
function pooledTwin(study: PreparedStudy, gates: ReadonlyMap<SiteId, SimulatedSite>): Federation {
  const stacks = new Map<string, CohortTable>();
  return new PooledFederation((sites) => {
    const key = [...sites].sort().join(' ');
    const known = stacks.get(key);
    if (known) return known;
    const tables = sites.map((site) => study.cohorts.get(site)?.rows as CohortTable);
    const stack = CohortTable.stack(tables);
    stacks.set(key, stack);
    return stack;
  }, gates);
}
