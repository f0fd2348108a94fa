/** Injection token of the site's log. */
export const siteLog = Symbol('siteLog');
/** Name under which the provenance of requests is injected. */
export const provenance = Symbol('cohortium.provenance');
