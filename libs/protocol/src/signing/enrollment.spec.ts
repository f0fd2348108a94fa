import { randomBytes } from 'node:crypto';
import { canonicalJson } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptEnrollment,
  answerEnrollment,
  confirmEnrollment,
  enrollmentCode,
  enrollmentCodeBytes,
  requestEnrollment,
} from './enrollment.js';
import type { KeyRecord } from './roster.js';

const record: KeyRecord = {
  site: 'H1',
  nkey: `U${'A'.repeat(55)}`,
  signingKey: Buffer.alloc(32, 1).toString('base64url'),
  agreementKey: Buffer.alloc(32, 2).toString('base64url'),
};
const coordinator = { name: 'C', publicKey: Buffer.alloc(32, 3).toString('base64url') };
const told = { coordinator, broker: 'tls://broker.example:4222', brokerCa: null };
const code = enrollmentCode(randomBytes(enrollmentCodeBytes));
const refused = expect.objectContaining({ code: 'PROTOCOL.BAD_ENROLLMENT' }) as unknown;

describe('enrollment by a one-time code', () => {
  it('goes both ways, the code read aloud in any manner', () => {
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]$/);
    const spoken = code.toLowerCase().replace(/-/g, ' ').replace(/0/g, 'o').replace(/1/g, 'l');
    const request = requestEnrollment(record, spoken);
    expect(acceptEnrollment(JSON.parse(canonicalJson(request)), 'H1', code)).toEqual(record);
    const answer = answerEnrollment(record, told, code);
    expect(confirmEnrollment(JSON.parse(canonicalJson(answer)), record, code)).toMatchObject(told);
  });

  it('a broker in the middle cannot swap any key, nor any word of the answer (A14)', () => {
    const mine = Buffer.alloc(32, 9).toString('base64url');
    const request = requestEnrollment(record, code);
    for (const change of [{ signingKey: mine }, { agreementKey: mine }, { nkey: `U${'B'.repeat(55)}` }]) {
      const swapped = { ...record, ...change };
      expect(() => acceptEnrollment({ ...request, record: swapped }, 'H1', code)).toThrow(refused);
      // Without the code, its own tag is of no use either.
      expect(() => acceptEnrollment(requestEnrollment(swapped, enrollmentCode(randomBytes(26))), 'H1', code)).toThrow(refused);
      // An answer to other keys than were sent.
      expect(() => confirmEnrollment(answerEnrollment(swapped, told, code), record, code)).toThrow(refused);
    }
    const answer = answerEnrollment(record, told, code);
    for (const change of [{ broker: 'tls://evil:4222' }, { brokerCa: 'x' }, { coordinator: { name: 'C', publicKey: mine } }])
      expect(() => confirmEnrollment({ ...answer, ...change }, record, code)).toThrow(refused);
    // A tag of one direction does not serve in the other.
    expect(() => confirmEnrollment({ ...answer, tag: request.tag }, record, code)).toThrow(refused);
  });

  it('a code is of one site only, and nothing else is a code', () => {
    expect(() => acceptEnrollment(requestEnrollment(record, code), 'H2', code)).toThrow(refused);
    for (const text of ['', 'short', `${code}X`, code.replace(/.$/, 'U')]) expect(() => requestEnrollment(record, text)).toThrow(refused);
  });

  it('another code never fits (property)', () => {
    const request = requestEnrollment(record, code);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 26, maxLength: 26 }), (bytes) => {
        expect(() => acceptEnrollment(request, 'H1', enrollmentCode(bytes))).toThrow(refused);
      }),
    );
  });
});
