import { classicImages } from '../dicom/classic-images.js';
import { enhancedImages } from '../dicom/enhanced-images.js';
import { examined } from '../dicom/identity.js';
import { lesionSegmentation } from '../dicom/segmentation.js';
import { listSeries } from '../dicom/series-list.js';
import { examine } from './examination.js';
import type { ImageCohortPlan, PlannedSite } from './plan.js';
import { truthFiles } from './truth.js';

/** A file of a cohort in images, with its path below the cohort's folder. */
export interface CohortFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * All files of one participant: the objects of each series, the segmentation of the lesions, and what is true, which lies apart. The files are
 * the same whichever participants were asked for before.
 * @param siteIndex place of the site in the plan
 * @param index place of the participant in the site
 * @throws RangeError for a place that the plan does not have
 */
export function* participantFiles(plan: ImageCohortPlan, siteIndex: number, index: number): Iterable<CohortFile> {
  const site = plan.sites[siteIndex];
  const participant = site?.participants[index];
  if (site === undefined || participant === undefined) throw new RangeError(`no participant ${index} at site ${siteIndex}`);
  const examination = examine(plan, site, participant);
  const isEnhanced = isEnhancedAt(plan, site);
  const who = examined(plan, site, participant);
  const list = listSeries(examination.series, site.scanner, isEnhanced);
  const folder = `${site.id}/dicom/${participant.id}`;
  for (const series of list)
    for (const { name, bytes } of isEnhanced ? enhancedImages(who, series) : classicImages(who, series))
      yield { path: `${folder}/${name}`, bytes };
  const dynamic = list.filter(({ images }) => images.kind === 'dce');
  // Lesions are drawn on the first phase after contrast.
  const [series, stack] = dynamic.length > 1 ? [dynamic[1], 0] : [dynamic[0], 1];
  if (series !== undefined) {
    const { name, bytes } = lesionSegmentation(who, examination.truth.lesion, { series, stack, isEnhanced });
    yield { path: `${folder}/${name}`, bytes };
  }
  yield* truthFiles(plan, site, participant, examination);
}

function isEnhancedAt({ options: { form } }: ImageCohortPlan, { scanner }: PlannedSite): boolean {
  return form === 'enhanced' || (form === 'mixed' && scanner.prefersEnhanced);
}

/** How many participants a plan has. */
export function participantCount({ sites }: ImageCohortPlan): number {
  return sites.reduce((sum, { participants }) => sum + participants.length, 0);
}
