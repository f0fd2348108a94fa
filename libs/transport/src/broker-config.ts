import { maxMessageBytes, sitePermissions } from '@cohortium/contracts';
import { isLoopback } from './broker-address.js';
import { transportErrors } from './errors.js';
import { isUserNkey } from './nkeys.js';

/** What a broker for one coordinator and its sites needs to know. */
export interface BrokerConfigOptions {
  readonly port: number;
  /** Address to listen on. Default 127.0.0.1; anything else needs {@link tls}. */
  readonly host?: string;
  /** Certificate of this broker and its key, PEM files (`cohortium provision tls` writes them). */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Folder of the streams; one broker process at a time. */
  readonly storeDir: string;
  readonly pidFile: string;
  /** Public key of the coordinator. */
  readonly coordinator: string;
  readonly sites: readonly { readonly site: string; readonly nkey: string }[];
  /** Longest message in bytes. Default: room for the longest message of the wire and its broker headers. */
  readonly maxPayloadBytes?: number;
}

/** Room for the headers of the broker itself, such as the message id. */
const brokerHeaderBytes = 4096;

const coordinatorAccount = 'COHORTIUM';

/**
 * Configuration of nats-server 2.9 or later: JetStream on disk, no monitoring port, no anonymous user.
 *
 * The streams and the coordinator live in one account; every site has an account of its own that imports exactly the subjects of
 * `sitePermissions(site)`. Permissions alone would not do: a sender names a reply subject that no permission covers, and JetStream
 * answers there with the coordinator's rights (a "no messages" status sent to `$JS.API.STREAM.DELETE.UP` removes the stream). Across
 * accounts, answers come back into the sender's own account, where nothing listens but the sender.
 * @throws `TRANSPORT.BAD_CONFIG` for a key that is not a user's, a key or site listed twice, a path that cannot be written, or an address
 * beyond loopback without TLS
 * @throws `KERNEL.BAD_CODE` for a site code outside the alphabet
 */
export function brokerConfig(options: BrokerConfigOptions): string {
  checkKeys(options);
  return `# Written by the provisioning of the coordinator; edits are overwritten.
server_name: cohortium
host: ${quote(options.host ?? '127.0.0.1')}
port: ${options.port}
pid_file: ${quote(options.pidFile)}
max_payload: ${options.maxPayloadBytes ?? maxMessageBytes + brokerHeaderBytes}
write_deadline: "10s"
ping_interval: "20s"
ping_max: 2
${tlsBlock(options)}jetstream {
  store_dir: ${quote(options.storeDir)}
}
accounts {
  ${coordinatorAccount} {
    jetstream: enabled
    users: [
      { nkey: ${quote(options.coordinator)}, permissions: { publish: { allow: ">", deny: "$SYS.>" }, subscribe: { allow: ">", deny: "$SYS.>" } } }
    ]
    exports: [
${options.sites.flatMap(({ site }) => exportsTo(site)).join('\n')}
    ]
  }
${options.sites.map(siteAccount).join('\n')}
}
`;
}

/** Clients are known by their NKeys, not by certificates (CVE-2026-33248): the certificate is the broker's alone. */
function tlsBlock({ tls }: BrokerConfigOptions): string {
  if (tls === undefined) return '';
  return `tls {
  cert_file: ${quote(tls.certFile)}
  key_file: ${quote(tls.keyFile)}
  timeout: 5
}
`;
}

/** An underscore before the code keeps an account name from looking like a number or a word of the configuration language. */
function accountOf(site: string): string {
  return quote(`SITE_${site}`);
}

function exportsTo(site: string): string[] {
  // A pull is one request with many answers; everything else has one.
  return sitePermissions(site).publish.map((subject) => {
    const response = subject.startsWith('$JS.API.CONSUMER.MSG.NEXT.') ? ', response_type: "Stream"' : '';
    return `      { service: ${quote(subject)}, accounts: [${accountOf(site)}]${response} }`;
  });
}

function siteAccount({ site, nkey }: { readonly site: string; readonly nkey: string }): string {
  const { publish, subscribe } = sitePermissions(site);
  const list = (subjects: readonly string[]): string => `[${subjects.map(quote).join(', ')}]`;
  const imports = publish.map((subject) => `      { service: { account: ${coordinatorAccount}, subject: ${quote(subject)} } }`);
  return `  ${accountOf(site)} {
    users: [
      { nkey: ${quote(nkey)}, permissions: { publish: { allow: ${list(publish)} }, subscribe: { allow: ${list(subscribe)} } } }
    ]
    imports: [
${imports.join('\n')}
    ]
  }`;
}

/** Double quotes keep `$` literal in the server's configuration language; backslash and quote are escaped. */
function quote(text: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw transportErrors.error('TRANSPORT.BAD_CONFIG', { reason: 'a value holds a control character' });
  return `"${text.replace(/[\\"]/g, (character) => `\\${character}`)}"`;
}

function checkKeys(options: BrokerConfigOptions): void {
  const refuse = (reason: string): Error => transportErrors.error('TRANSPORT.BAD_CONFIG', { reason });
  if (options.tls === undefined && !isLoopback(options.host ?? '127.0.0.1')) throw refuse('an address beyond loopback needs TLS');
  if (!Number.isInteger(options.port) || options.port < 1 || options.port > 65535) throw refuse('the port is not between 1 and 65535');
  const seen = new Map<string, string>();
  for (const [owner, nkey] of [['coordinator', options.coordinator], ...options.sites.map(({ site, nkey }) => [`site ${site}`, nkey])] as [
    string,
    string,
  ][]) {
    if (!isUserNkey(nkey)) throw refuse(`the key of ${owner} is not the public key of a user`);
    const other = seen.get(nkey);
    if (other !== undefined) throw refuse(`${other} and ${owner} have the same key`);
    seen.set(nkey, owner);
  }
  if (new Set(options.sites.map(({ site }) => site)).size !== options.sites.length) throw refuse('a site is listed twice');
}
