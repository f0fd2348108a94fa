import { lintProtocol, protocolHash } from '@cohortium/protocol';
import { readProtocolFile } from '../cohort/prepare-cohort.js';
import type { Terminal } from '../terminal.js';
import { noteUnreachable } from '../trust/diff.command.js';

/** `cohortium protocol lint FILE`: schema, contradictions, and the hash that sites would approve. */
export async function lintProtocolFile(terminal: Terminal, file: string): Promise<number> {
  const protocol = readProtocolFile(file);
  lintProtocol(protocol, Date.now());
  const hash = protocolHash(protocol);
  terminal.data(terminal.t('protocolFine', { file, study: protocol.study, version: protocol.version, clauses: protocol.clauses.length }));
  terminal.data(terminal.t('protocolHash', { hash }));
  const unreachable = noteUnreachable(terminal, protocol);
  terminal.jsonObject({
    schemaVersion: 1,
    file,
    study: protocol.study,
    version: protocol.version,
    sha256: hash,
    clauses: protocol.clauses.map((c) => c.clauseId),
    unreachable,
  });
  return 0;
}
