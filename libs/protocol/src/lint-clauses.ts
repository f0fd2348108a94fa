import { protocolErrors } from './errors.js';
import type { Clause, Protocol } from './schema.js';

/** Fewest sites over which a masked sum says nothing about any single one to an outsider. */
const leastMaskedSites = 3;

/**
 * Contradictions within a clause.
 * @param nowMs milliseconds since 1970, where expired permissions shall be refused; left out: dates are only compared with each other
 * @throws `PROTOCOL.LINT`
 */
export function lintClauses({ clauses }: Pick<Protocol, 'clauses'>, nowMs?: number): void {
  const refuse = (rule: string, reason: string) => protocolErrors.error('PROTOCOL.LINT', { rule, reason });
  for (const clause of clauses) {
    const { clauseId } = clause;
    const [from, to] = windowOf(clause);
    if (from >= to) throw refuse('dates', `the clause ${clauseId} ends before it begins`);
    if (nowMs !== undefined && nowMs >= to) throw refuse('dates', `the clause ${clauseId} has expired`);
    if (clause.kind === 'sum' && clause.secureAggregation === 'required' && clause.minSites < leastMaskedSites)
      throw refuse('secureAggregation', `the clause ${clauseId} masks sums over ${clause.minSites} sites; it needs ${leastMaskedSites}`);
    const lacking = (['coordinator', 'board'] as const).find((recipient) => !clause.recipients.includes(recipient));
    // A permission for fewer readers would be a promise that nobody keeps: answers go to the coordinator, bundles to the board.
    if (lacking !== undefined)
      throw refuse('recipients', `the clause ${clauseId} leaves out the ${lacking}, who receives everything in this release`);
    const again = clause.operations.find((name, i) => clause.operations.indexOf(name) !== i);
    if (again !== undefined) throw refuse('clauses', `the clause ${clauseId} names ${again} twice`);
  }
}

/** Begin and end of a permission in milliseconds since 1970, the end excluded; infinite where there is none. */
export function windowOf(clause: Pick<Clause, 'notBefore' | 'notAfter'>): readonly [number, number] {
  return [instant(clause.notBefore) ?? -Infinity, instant(clause.notAfter) ?? Infinity];
}

/** Where an instant lies in the time of a clause. */
export function clauseTime(clause: Pick<Clause, 'notBefore' | 'notAfter'>, nowMs: number): 'early' | 'open' | 'expired' {
  const [from, to] = windowOf(clause);
  return nowMs < from ? 'early' : nowMs < to ? 'open' : 'expired';
}

/** ISO 8601 in UTC as milliseconds since 1970, without reading a clock. */
function instant(text: string | null): number | undefined {
  if (text === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?Z$/.exec(text) ?? [];
  const days = daysFromCivil(Number(year), Number(month), Number(day));
  return (
    ((days * 24 + Number(hour)) * 60 + Number(minute)) * 60_000 + Number(second ?? 0) * 1000 + Math.trunc(Number(fraction ?? 0) * 1000)
  );
}

/** Days from 1970-01-01 to a date of the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** Why a clause can never be used in the study as it stands. */
export interface UnreachableClause {
  readonly clauseId: string;
  readonly reason: 'noSites' | 'tooFewSites' | 'leaveOneSiteOutIsOff';
  /** Sites in the scope of the clause. */
  readonly siteCount: number;
}

/**
 * Clauses that nothing in the study can use: no harm, but whoever signs should not have to read permissions that mean nothing. Protocols that
 * leave their training sites open are only looked at where that does not matter.
 */
export function unreachableClauses(protocol: Pick<Protocol, 'clauses' | 'sites' | 'validation'>): UnreachableClause[] {
  const { sites, validation } = protocol;
  const training = sites.training?.length;
  return protocol.clauses.flatMap((clause): UnreachableClause[] => {
    const { clauseId, scope } = clause;
    const siteCount = scope === 'external' ? sites.external.length : (training ?? Infinity) + (scope === 'all' ? sites.external.length : 0);
    if (siteCount === 0) return [{ clauseId, reason: 'noSites', siteCount }];
    if (siteCount < clause.minSites) return [{ clauseId, reason: 'tooFewSites', siteCount }];
    if (!validation.leaveOneSiteOut.enabled && clause.operations.every((name) => name.startsWith('loso.')))
      return [{ clauseId, reason: 'leaveOneSiteOutIsOff', siteCount }];
    return [];
  });
}
