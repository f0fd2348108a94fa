/** Injection token of the site's log. */
export const siteLog = Symbol('siteLog');
