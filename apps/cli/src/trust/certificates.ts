import 'reflect-metadata';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A private CA and the certificate of one broker, in PEM. */
export interface BrokerCertificates {
  /** What coordinator and sites trust. */
  readonly ca: string;
  readonly server: string;
  /** Secret: the broker's key, PKCS#8. */
  readonly serverKey: string;
}

/** ECDSA on P-256: what every TLS stack of a hospital accepts. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/**
 * Makes a private CA and one certificate for a broker. The key of the CA is forgotten at once: nobody can ever issue a second certificate
 * under it, so there is none to guard; a new broker, or the end of validity, gets a new CA, which sites exchange by file.
 * @param hosts names and IP addresses under which the broker is reached
 * @param days validity of both
 */
export async function makeBrokerCertificates(hosts: readonly string[], days: number, now: Date): Promise<BrokerCertificates> {
  const { crypto } = globalThis;
  const generate = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [caKeys, serverKeys] = await Promise.all([generate(), generate()]);
  const notBefore = new Date(now.getTime() - 3_600_000);
  const notAfter = new Date(now.getTime() + days * dayMs);
  const common = { notBefore, notAfter, signingAlgorithm: algorithm };
  const name = `CN=Cohortium private CA`;
  const ca = await X509CertificateGenerator.createSelfSigned(
    {
      ...common,
      name,
      keys: caKeys,
      serialNumber: serial(),
      extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
    },
    crypto,
  );
  const server = await X509CertificateGenerator.create(
    {
      ...common,
      subject: 'CN=Cohortium broker',
      issuer: ca.subject,
      publicKey: serverKeys.publicKey,
      signingKey: caKeys.privateKey,
      serialNumber: serial(),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], false),
        new SubjectAlternativeNameExtension(hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const)),
      ],
    },
    crypto,
  );
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', serverKeys.privateKey));
  return { ca: `${ca.toString('pem')}\n`, server: `${server.toString('pem')}\n`, serverKey: pem('PRIVATE KEY', pkcs8) };
}

/** 127 random bits, positive (RFC 5280, section 4.1.2.2). */
function serial(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString('hex');
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) as string[];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
