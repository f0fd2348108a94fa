/** Name of the coordinator's log of a study. */
export function coordinatorLog(study: string): string {
  return `cohortium/${study}/coordinator`;
}

/** Name of a site's log of a study; also its name as a witness of the others. */
export function siteLog(study: string, site: string): string {
  return `cohortium/${study}/site/${site}`;
}

/** The site whose log of the study this is; undefined for any other name. */
export function siteOfLog(study: string, origin: string): string | undefined {
  const prefix = siteLog(study, '');
  const site = origin.startsWith(prefix) ? origin.slice(prefix.length) : '';
  return /^[A-Za-z0-9_-]{1,32}$/.test(site) ? site : undefined;
}
