import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseExtractionRecord, parseTable } from '@cohortium/analysis';
import { canonicalJson, hashJson } from '@cohortium/kernel';
import type { Protocol } from '@cohortium/protocol';
import { resolveCasePlan } from '@cohortium/radiomics';
import { participantCount, planImageCohort } from '@cohortium/synth';
import { parse as parseYaml } from 'yaml';
import { defaultCacheFolder } from '../cases/case-cache.js';
import { buildCohort, defaultPlanFile } from '../cases/cohort-build.command.js';
import { casesErrors } from '../cases/errors.js';
import { certificateOf, chapterOne } from '../commands/ibsi-selftest.command.js';
import { readText, writeError } from '../outputs/files.js';
import { extractorSha256, librarySha256 } from '@cohortium/intake';
import { imageCohortOptions, makeCohort } from '../synth/synth.command.js';
import type { Terminal } from '../terminal.js';

/** The demo's cohort: small volumes, so that a laptop makes and reads them in minutes. */
const demoCohort = { sites: 6, cases: 30, size: [64, 64, 16] as const, form: 'mixed' as const, perfusion: 0 };

/** Tables that were extracted from synthetic images. */
export interface ImageCohort {
  /** A cohort folder. */
  readonly folder: string;
  readonly external: readonly string[];
  /** How its features were made: what the demo's protocol binds every hospital to. */
  readonly extraction: NonNullable<Protocol['extraction']>;
}

/**
 * The cohort of the demo: examinations in DICOM are made, read like those of hospitals, and their features extracted. The tables are kept under
 * what they follow from (seed, plan, programs), so that the next demo begins with them. Each hospital's tables lie beside the record of their
 * extraction, with the certificate of the self-test that the very program passed before.
 * @throws `CLI.*`, `CASES.*`
 */
export async function imageCohort(terminal: Terminal, seed: number): Promise<ImageCohort> {
  const options = imageCohortOptions({ ...demoCohort, seed });
  const plan = planImageCohort(options);
  const external = plan.sites.filter(({ role }) => role === 'external').map(({ id }) => id);
  const extraction = resolveCasePlan(parseYaml(readText(defaultPlanFile)));
  const made = { extractorSha256: extractorSha256(), settingsSha256: extraction.hash };
  const key = hashJson({ form: 2, options, ...made, synth: librarySha256('@cohortium/synth') });
  const folder = join(dirname(defaultCacheFolder()), 'demo', key);
  const bound = () => ({ ...made, ibsiRows: certifiedRows(folder, plan.sites[0]?.id as string) });
  if (existsSync(join(folder, 'features.csv'))) {
    const cases = parseTable(readText(join(folder, 'features.csv')), 'features.csv').rows.length;
    terminal.say(terminal.t('imagesKept', { cases, path: folder }));
    return { folder, external, extraction: bound() };
  }
  const work = `${folder}.work-${process.pid}`;
  try {
    mkdirSync(work, { recursive: true, mode: 0o700 });
    const images = join(work, 'images');
    const begunMs = performance.now();
    await makeCohort(terminal, plan, options, images, availableParallelism());
    const madeMs = performance.now();
    const counts = { participants: participantCount(plan), sites: plan.sites.length };
    terminal.say(terminal.t('imagesMade', { ...counts, seconds: ((madeMs - begunMs) / 1000).toFixed(1) }));
    const certificate = join(work, 'ibsi.json');
    writeFileSync(certificate, canonicalJson(certificateOf(chapterOne(terminal, undefined))));
    terminal.clearStatus();
    const built = await buildCohort(terminal, images, { out: join(work, 'tables'), cache: join(work, 'cases'), certificate });
    // Tables that lack somebody must not be taken for the demo's cohort for ever.
    if (built.failed.length > 0) throw casesErrors.error('CASES.INCOMPLETE', { count: built.failed.length });
    terminal.say(terminal.t('imagesExtracted', { ...built.counts, seconds: ((performance.now() - madeMs) / 1000).toFixed(1) }));
    rmSync(folder, { recursive: true, force: true });
    renameSync(built.path, folder);
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).syscall === undefined ? cause : writeError(folder, cause);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { folder, external, extraction: bound() };
}

/** Rows of the self-test in the record of a hospital. */
function certifiedRows(folder: string, site: string): number {
  return parseExtractionRecord(readText(join(folder, 'sites', site, 'extraction.json'))).ibsi?.rows ?? 0;
}
