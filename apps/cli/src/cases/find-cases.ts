import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseSiteId } from '@cohortium/kernel';
import { cliErrors } from '../errors.js';
import { reasonOf } from '../outputs/files.js';
import { casesErrors } from './errors.js';

/** One hospital of a folder of images. */
export interface SiteImages {
  readonly site: string;
  /** Folders with the images of one person each, in ascending order of their names. */
  readonly cases: readonly string[];
  /** The clinical table, where there is one. */
  readonly clinical: string | undefined;
}

/**
 * Hospitals and cases of a folder: `<site>/dicom/<case>/...` with `<site>/clinical.csv`; with a site code, `dicom/<case>/...` and `clinical.csv`
 * of that one hospital.
 * @throws `CASES.NO_SITES`, `CLI.CANNOT_READ`, `KERNEL.*` for codes that are none
 */
export function findCases(folder: string, site: string | undefined): readonly SiteImages[] {
  const sites = site === undefined ? subfolders(folder).filter((name) => isFolder(join(folder, name, 'dicom'))) : [site];
  const found = sites.sort().map((code) => {
    const own = site === undefined ? join(folder, code) : folder;
    if (!isFolder(join(own, 'dicom'))) throw casesErrors.error('CASES.NO_SITES');
    const table = join(own, 'clinical.csv');
    return {
      site: parseSiteId(code),
      cases: subfolders(join(own, 'dicom')).sort().map((name) => join(own, 'dicom', name)), // prettier-ignore
      clinical: existsSync(table) ? table : undefined,
    };
  });
  if (found.length === 0) throw casesErrors.error('CASES.NO_SITES');
  return found;
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch (cause) {
    throw cliErrors.error('CLI.CANNOT_READ', { path: folder, reason: reasonOf(cause) }, { cause });
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
