import { createHmac } from 'node:crypto';
import { imagingErrors } from '../errors.js';
import type { DateShift } from './dates.js';

/** Digits of Crockford's base 32: no I, L, O, U. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A person as a hospital names her: identifiers are unique within their issuer only. */
export interface PatientIdentity {
  readonly patientId: string;
  /** IssuerOfPatientID (0010,0021); empty where the images state none. */
  readonly issuer: string;
}

/** What the site's key makes of an identity. */
export interface Pseudonym {
  /** Study pseudonym of the participant: `P-` and ten digits of base 32, fifty bits. */
  readonly code: string;
  /** The whole digest, 64 hexadecimal digits: two people with one code differ here. */
  readonly digest: string;
}

/**
 * Everything that is derived from the secret key of a site: pseudonyms, new UIDs, shifts of dates. The same key gives the same result; without
 * it none can be undone or repeated. Each use has its own prefix, so that no output of one is an output of another.
 */
export class SiteKey {
  /** @param secret at least 32 random bytes. @throws `IMAGING.SHORT_KEY` */
  constructor(private readonly secret: Uint8Array) {
    if (secret.length < 32) throw imagingErrors.error('IMAGING.SHORT_KEY', { found: secret.length, needed: 32 });
  }

  /** Pseudonym of a person. Surrounding blanks, the case of letters and how accents are composed make no difference. */
  pseudonym({ patientId, issuer }: PatientIdentity): Pseudonym {
    const form = (text: string) => text.normalize('NFC').trim().toUpperCase();
    const digest = this.hmac('participant', JSON.stringify([form(issuer), form(patientId)]));
    let bits = BigInt(`0x${digest.subarray(0, 7).toString('hex')}`) >> 6n;
    let code = '';
    for (let at = 0; at < 10; at++, bits >>= 5n) code = `${digits[Number(bits & 31n)]}${code}`;
    return { code: `P-${code}`, digest: digest.toString('hex') };
  }

  /** A new UID for an old one: `2.25.` and a UUID of version 8 as a decimal number (PS3.5, B.2; RFC 9562), 122 keyed bits. */
  uid(original: string): string {
    const uuid = this.hmac('uid', original).subarray(0, 16);
    uuid[6] = ((uuid[6] as number) & 0x0f) | 0x80;
    uuid[8] = ((uuid[8] as number) & 0x3f) | 0x80;
    return `2.25.${BigInt(`0x${uuid.toString('hex')}`)}`;
  }

  /**
   * Shift of the dates of one participant: two days to ten years back, and one to five hours back, so that neither date nor time of day stays.
   * Examinations between five o'clock and midnight stay within one day: where a device states times without their date, differences hold.
   */
  dateShift(identity: PatientIdentity): DateShift {
    const digest = this.hmac('dates', this.pseudonym(identity).digest);
    return { days: -2 - (digest.readUInt32BE(0) % 3651), seconds: -3600 - (digest.readUInt32BE(4) % 14_400) };
  }

  private hmac(use: string, text: string): Buffer {
    return createHmac('sha256', this.secret).update(`cohortium/${use}/1\0`).update(text).digest();
  }
}
