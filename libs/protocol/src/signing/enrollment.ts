import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '@cohortium/kernel';
import { z } from 'zod';
import { protocolErrors } from '../errors.js';
import { publicKeyText } from './header.js';
import { keyRecord } from './roster.js';
import type { KeyRecord } from './roster.js';

/*
 * How a hospital joins. The coordinator draws a one-time code and tells it to the hospital on another way than the files travel (a letter, the
 * telephone). Both sides bind their keys to it by HMAC, so that whoever carries the files can neither read the code out of them nor put other
 * keys in: 130 random bits cannot be guessed, on line or off. The fingerprint read aloud afterwards needs no code at all and catches a code
 * that leaked.
 */

/** Crockford's base 32: no letter that is mistaken for a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 26;

/** Bytes of randomness for one code: 26 characters of 5 bits are 130 bits. */
export const enrollmentCodeBytes = 26;

/**
 * A one-time code from random bytes, in groups for reading aloud: `7K2M9-X4QPZ-...`.
 * @param random {@link enrollmentCodeBytes} bytes of the system's randomness
 */
export function enrollmentCode(random: Uint8Array): string {
  if (random.length !== enrollmentCodeBytes) throw new RangeError(`a code takes ${enrollmentCodeBytes} bytes`);
  const text = [...random].map((byte) => alphabet[byte & 31] as string).join('');
  return (text.match(/.{1,5}/g) as string[]).join('-');
}

/** A code as it was heard: case, spaces and hyphens do not matter, O is 0, I and L are 1. @throws `PROTOCOL.BAD_ENROLLMENT` */
function canonicalCode(spoken: string): string {
  const text = spoken.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (text.length !== codeLength || [...text].some((character) => !alphabet.includes(character)))
    throw bad('the code is not of 26 letters and digits');
  return text;
}

const tag = z.string().regex(/^[0-9a-f]{64}$/);

/** What a hospital sends to join. */
export const enrollmentRequest = z.strictObject({
  schemaVersion: z.literal(1),
  type: z.literal('enrollmentRequest'),
  record: keyRecord,
  tag,
});
/** See {@link enrollmentRequest}. */
export type EnrollmentRequest = z.output<typeof enrollmentRequest>;

/** What the coordinator answers: whom the hospital may trust, bound to the same code and to the keys that it sent. */
export const enrollmentAnswer = z.strictObject({
  schemaVersion: z.literal(1),
  type: z.literal('enrollmentAnswer'),
  site: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
  coordinator: z.strictObject({ name: z.string().min(1).max(200), publicKey: publicKeyText }),
  broker: z.string().max(200).describe('Address of the broker'),
  brokerCa: z.string().max(8192).nullable().describe('Certificate of the private CA in PEM; null on one machine'),
  tag,
});
/** See {@link enrollmentAnswer}. */
export type EnrollmentAnswer = z.output<typeof enrollmentAnswer>;

/** A hospital's request to join under a code. */
export function requestEnrollment(record: KeyRecord, code: string): EnrollmentRequest {
  return { schemaVersion: 1, type: 'enrollmentRequest', record, tag: tagOf(code, 'request', record) };
}

/**
 * The key record of a request, once it is sure that whoever made it knew the code that the coordinator gave to this very site.
 * @throws `PROTOCOL.BAD_ENROLLMENT`
 */
export function acceptEnrollment(value: unknown, site: string, code: string): KeyRecord {
  const parsed = enrollmentRequest.safeParse(value);
  if (!parsed.success) throw bad('the request is not of the form that it needs');
  const { record, tag: stated } = parsed.data;
  if (record.site !== site) throw bad('the code was given to another site');
  if (!sameTag(stated, tagOf(code, 'request', record))) throw bad('the keys are not bound to this code');
  return record;
}

/** The coordinator's answer to an accepted request. */
export function answerEnrollment(
  record: KeyRecord,
  told: Pick<EnrollmentAnswer, 'coordinator' | 'broker' | 'brokerCa'>,
  code: string,
): EnrollmentAnswer {
  const content = { site: record.site, ...told };
  return { schemaVersion: 1, type: 'enrollmentAnswer', ...content, tag: tagOf(code, 'answer', { record, ...content }) };
}

/** The answer, once it is sure that it comes from who gave the code, and is about the keys that were sent. @throws `PROTOCOL.BAD_ENROLLMENT` */
export function confirmEnrollment(value: unknown, record: KeyRecord, code: string): EnrollmentAnswer {
  const parsed = enrollmentAnswer.safeParse(value);
  if (!parsed.success) throw bad('the answer is not of the form that it needs');
  const { schemaVersion: _version, type: _type, tag: stated, ...content } = parsed.data;
  if (!sameTag(stated, tagOf(code, 'answer', { record, ...content }))) throw bad('the answer is not bound to this code');
  return parsed.data;
}

/** HMAC-SHA-256 (RFC 2104) under a key derived from the code (RFC 5869), one key for each direction: an answer is never a request. */
function tagOf(code: string, direction: 'request' | 'answer', content: unknown): string {
  const key = hkdfSync('sha256', canonicalCode(code), 'cohortium enrollment v1', direction, 32);
  return createHmac('sha256', Buffer.from(key)).update(canonicalJson(content)).digest('hex');
}

function sameTag(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}

function bad(reason: string): Error {
  return protocolErrors.error('PROTOCOL.BAD_ENROLLMENT', { reason });
}
