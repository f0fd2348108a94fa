import { diffProtocols, protocolHash, tellChange, unreachableClauses } from '@cohortium/protocol';
import type { Effect, Protocol, ProtocolChange, UnreachableClause } from '@cohortium/protocol';
import type { Terminal } from '../terminal.js';
import { trustWords } from './messages.js';
import type { TrustWord } from './messages.js';
import { newestOf, readAnyProtocol } from './sign.command.js';

const effectWords: Readonly<Record<Effect, TrustWord>> = {
  newlyAllowed: 'diffNewlyAllowed',
  noLongerAllowed: 'diffNoLongerAllowed',
  changed: 'diffChanged',
};

/** `cohortium protocol diff A B`: clause by clause, in plain words. Ends with 0 whether they differ or not. */
export async function diffProtocolFiles(terminal: Terminal, before: string, after: string): Promise<number> {
  const words = trustWords(terminal.language);
  const [old, newer] = [before, after].map((path) => newestOf(readAnyProtocol(path))) as [Protocol, Protocol];
  const changes = diffProtocols(old, newer);
  let heading: string | undefined;
  for (const change of changes) {
    const next = change.clauseId === null ? words('diffStudy') : words('diffClause', { clauseId: change.clauseId });
    if (next !== heading) terminal.data(next);
    heading = next;
    terminal.data(`  ${words(effectWords[change.effect], { what: tellChange(change, terminal.language) })}`);
  }
  const count = (effect: Effect) => changes.filter((change) => change.effect === effect).length;
  const counts = { allowed: count('newlyAllowed'), forbidden: count('noLongerAllowed'), changed: count('changed') };
  terminal.data(changes.length === 0 ? words('diffSame') : words('diffCount', counts));
  terminal.jsonObject({
    schemaVersion: 1,
    before: { study: old.study, version: old.version, sha256: protocolHash(old) },
    after: { study: newer.study, version: newer.version, sha256: protocolHash(newer) },
    counts,
    changes: changes.map((change: ProtocolChange) => ({ ...change, text: tellChange(change, terminal.language) })),
  });
  return 0;
}

const reasons: Readonly<Record<UnreachableClause['reason'], TrustWord>> = {
  noSites: 'unreachableNoSites',
  tooFewSites: 'unreachableTooFewSites',
  leaveOneSiteOutIsOff: 'unreachableLoso',
};

/** Notes of `cohortium protocol lint`: what is no error and yet worth knowing before signing. */
export function noteUnreachable(terminal: Terminal, protocol: Protocol): readonly UnreachableClause[] {
  const words = trustWords(terminal.language);
  const found = unreachableClauses(protocol);
  for (const { clauseId, reason } of found) terminal.data(words('lintUnreachable', { clauseId, reason: words(reasons[reason]) }));
  return found;
}
