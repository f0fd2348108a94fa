import { decodeUpMessage, encodeMessage, wireVersion } from '@cohortium/contracts';
import type { AnswerMessage } from '@cohortium/contracts';
import { withheldReasons } from '@cohortium/federation';
import type { SumQuery } from '@cohortium/federation';
import { sha256 } from '@cohortium/kernel';
import { createGate } from '@cohortium/privacy';
import { describe, expect, it } from 'vitest';
import { withheldMessage } from '../../apps/site-node/src/egress/outgoing.js';
import { attackedProtocol, clauseFor, draftOf, madePeople, nothingYet, rowsOf, site, trainingScope } from './attack-ground.js';

// A18 (vantage6 share_logs, PR#1912): messages that were written for an operator and leave with a result. The captured traffic of a whole
// study is searched in test/e2e/egress.spec.ts; here an operation goes out of its way to put a row into an error.

const secret = 'MRN-4711 Jane Roe 1961-03-02';
const people = [{ name: secret, features: [1.25], outcome: 1 }, ...madePeople(20, 1, 1)];
const talkative: SumQuery<object, number> = {
  kind: 'sum',
  operation: 'attack.talkative',
  version: 1,
  words: { name: 'count', limbs: 2, fractionLimbs: 0 },
  params: { safeParse: () => ({ success: true, data: {} }) } as never,
  length: () => 1,
  local: () => {
    throw new Error(`cannot parse ${secret}`);
  },
  read: (total) => total[0] as number,
};
const protocol = attackedProtocol([clauseFor(['attack.talkative@1'], 'sum')]);
const hex = 'ab'.repeat(32);
const task = {
  study: 'attacked',
  site,
  run: 'run-1',
  round: 3,
  attempt: 1,
  operation: 'attack.talkative@1',
  kind: 'sum',
  requestHash: hex,
} as never;

describe('A18: logs that leave', () => {
  it('works where the text of an error goes with the refusal', () => {
    try {
      talkative.local(rowsOf(people), {});
      expect.unreachable();
    } catch (error) {
      expect(Buffer.from(JSON.stringify({ refused: (error as Error).message })).includes(secret)).toBe(true);
    }
  });

  it('fails: the gate names a code, and the message carries nothing else', () => {
    const gate = createGate({ protocol, site });
    const draft = {
      ...draftOf(protocol, rowsOf(people), { query: { ...talkative, local: () => Float64Array.of(1) }, params: {}, scope: trainingScope }),
    };
    const broken = gate.decide(draft, {
      ...nothingYet,
      find: () => {
        throw new Error(`no release of ${secret}`);
      },
    });
    expect(broken).toEqual({ state: 'withheld', reason: 'ruleFailed', clauseId: 'c0' });
    for (const reason of withheldReasons) {
      const { frame } = withheldMessage(task, reason, 'c0');
      expect(Buffer.from(frame).includes(secret)).toBe(false);
      expect(decodeUpMessage(frame).header).toMatchObject({ state: 'withheld', reason });
    }
  });

  it('fails: a refusal in words of its own is no message of the wire, on either side', () => {
    const header = {
      v: wireVersion,
      study: 'attacked',
      site,
      type: 'answer',
      run: 'run-1',
      round: 3,
      attempt: 1,
      operation: 'attack.talkative@1',
      kind: 'sum',
      requestHash: hex,
      state: 'withheld',
      clauseId: 'c0',
      payload: { sha256: sha256(''), byteCount: 0, chunkCount: 0 },
    };
    const forged = { ...header, reason: `cannot parse ${secret}` } as unknown as AnswerMessage;
    expect(() => decodeUpMessage(encodeMessage(forged, new Uint8Array(0)))).toThrow('CONTRACTS.BAD_HEADER');
    const extra = { ...header, reason: 'ruleFailed', log: secret } as unknown as AnswerMessage;
    expect(() => decodeUpMessage(encodeMessage(extra, new Uint8Array(0)))).toThrow('CONTRACTS.BAD_HEADER');
  });
});
