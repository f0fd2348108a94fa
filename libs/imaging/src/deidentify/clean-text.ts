/**
 * Words that descriptions of breast MR examinations are made of. What is not here is dropped from a description that is cleaned: a list of
 * what may stay fails safe where a list of names would not.
 */
const vocabulary = new Set(
  `2d 3d 4d abdomen ac acquisition adc after apparent arterial asset avg averaged ax axial b before bilat bilateral blade bolus bound
  breast breasts bval bvalue calc calculated carotid center coil combined contrast cor coronal corrected ct dce delay delayed derived diff
  diffusion directions dis disco dixon dual dual-echo dwi dynamic dyn early ec echo effective enhanced enhancement ep epi ese exp fa fast fat
  fatsat ffe fgr field fiesta filtered fl flair flash flex flip fov fp fr frame frequency fs fse ftv gad gadolinium ge gradient gre grase hbp
  high hr ideal image in inphase inversion ir irm isotropic kinetic ktrans kep large late lava left liver localiser localizer locator loc low
  lt magnitude map maps mask mb mean medium min mip mpr mr mri ms multi multiphase native ncc no non noncon norm opp opposed optimized orig
  original out outphase output parallel pe pe1 pe2 pe3 pe4 pe5 pe6 perc percent percentage perfusion pf ph phase phase1 phase2 phase3 phase4
  phase5 phase6 phase7 phase8 pilot plane planes post post1 post2 post3 post4 post5 post6 pre precon pre-contrast primary projection propeller
  proset proton protocol quick radial rapid ratio raw reconstruction recon reformat reg registered relaxation resolution resolve restore right
  roi rt rv sag sagittal sat scan scout se seg segmentation sense ser series set shim short sinus slab slice smart spair spectral spgr spin
  spine spir spoiled ss ssepi ssfse st stage stir stimulated sub subtracted subtraction subtractions supine prone survey t t1 t1fs t1w t1wi t2
  t2fs t2star t2w t2wi te test tfe thick thin thrive ti time tir tirm total tr trace tracew transverse tra trufi tse ttc ttp turbo ultrafast
  uncombined unilateral value vals values vfa vibe views vibrant volume vol wash washin washout water wats weighted whole wi with without wo x
  xd ve vp y z zoom t1vibe eadc ivim dki kurtosis rois lesion tumor mass axilla chest thorax gtv ctv ptv edema necrosis tumour tumors lesions roi1 roi2 roi3 dti tensor dir directional ortho monopolar bipolar fgre fspgr efgre efgre3d 3dfgre 3dfspgr 3dspgr fl3d fl2d flash3d t1fl3d views3d vibe3d ep2d tse2d dynaviews
  siemens healthineers healthcare medical systems philips toshiba canon hitachi uih hologic magnetom skyra aera prisma avanto achieva ingenia signa
  none unknown gadavist gadovist magnevist dotarem clariscan omniscan multihance prohance primovist eovist elucirem vueway gadobutrol gadopentetate
  gadoterate gadobenate gadoteridol gadodiamide gadoxetate gadopiclenol dimeglumine meglumine`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** True for one of the words that may stay. */
export function isImagingWord(word: string): boolean {
  return vocabulary.has(word.toLowerCase());
}

/**
 * A description of which only known words of imaging, numbers of one or two digits and b-values (`b1000`) remain, joined by underscores;
 * empty where none does. Dates, identifiers and names are none of these. Bare numbers next to each other go too: dates, telephone numbers and
 * identifiers are written in such groups.
 */
export function cleanDescription(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/\d{1,4}[.:/-]\d{1,2}[.:/-]\d{1,4}/g, ' ')
    .split(/[^a-z0-9]+/)
    .filter((word) => vocabulary.has(word) || /^\d{1,2}(mm|s|ms|min|t)?$/.test(word) || /^b\d{1,4}t?$/.test(word));
  const isBare = (at: number) => /^\d+$/.test(words[at] ?? '');
  const kept = words.filter((_, at) => !isBare(at) || !(isBare(at - 1) || isBare(at + 1)));
  return kept.join('_').slice(0, 64).replace(/_$/, '');
}
