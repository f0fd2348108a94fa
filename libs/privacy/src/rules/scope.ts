import type { Protocol } from '@cohortium/protocol';
import type { Rule } from './rule.js';

/**
 * A request goes to the sites that the protocol lists under its scope, this site among them.
 *
 * A summary may go to fewer of them: it describes this site alone. A sum may not, because two totals over different sites tell by
 * their difference about the sites in between. Sites that eligibility excluded are the one exception: the first sum of a
 * scope may leave sites out, and every later one must name exactly the same sites. Where the history cannot tell what the
 * first one named, only the full list passes.
 */
export const scopeRule: Rule = ({ protocol, site, draft, history }) => {
  const { name, sites } = draft.scope;
  const listed = listedSites(protocol, name);
  const asked = new Set<string>(sites);
  if (draft.site !== site || !asked.has(site) || asked.size !== sites.length) return 'wrongScope';
  if (!sites.every((s) => listed.has(s))) return 'wrongScope';
  if (draft.kind === 'siteSummary') return null;
  if (history.sitesOfSums === undefined) return asked.size === listed.size ? null : 'wrongScope';
  const first = history.sitesOfSums(name);
  if (first === undefined) return null;
  return first.length === asked.size && first.every((s) => asked.has(s)) ? null : 'wrongScope';
};

function listedSites(protocol: Protocol, scope: string): ReadonlySet<string> {
  const { training = [], external } = protocol.sites;
  const lists: Readonly<Record<string, readonly string[]>> = { training, external, all: [...training, ...external] };
  return new Set(Object.hasOwn(lists, scope) ? lists[scope] : []);
}
