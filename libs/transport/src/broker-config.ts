import { maxMessageBytes, sitePermissions } from '@cohortium/contracts';
import type { Permissions } from '@cohortium/contracts';
import { transportErrors } from './errors.js';
import { isUserNkey } from './nkeys.js';

/** What a broker for one coordinator and its sites needs to know. */
export interface BrokerConfigOptions {
  readonly port: number;
  /** Address to listen on. Default 127.0.0.1; anything else needs TLS in front of it (deploy/nats/README.md). */
  readonly host?: string;
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

/** All of its own account; the system account is another one, and denied by name as well. */
const coordinatorPermissions = { publish: { allow: ['>'], deny: ['$SYS.>'] }, subscribe: { allow: ['>'], deny: ['$SYS.>'] } };

/**
 * Configuration of nats-server 2.9 or later: JetStream on disk, one account, one user per site with exactly
 * `sitePermissions(site)`, no monitoring port, no anonymous user.
 * @throws `TRANSPORT.BAD_CONFIG` for a key that is not a user's, a key or site listed twice, or a path that cannot be written
 * @throws `KERNEL.BAD_CODE` for a site code outside the alphabet
 */
export function brokerConfig(options: BrokerConfigOptions): string {
  checkKeys(options);
  const users = [
    user(options.coordinator, coordinatorPermissions),
    ...options.sites.map(({ site, nkey }) => user(nkey, allowOnly(sitePermissions(site)))),
  ];
  return `# Written by the provisioning of the coordinator; edits are overwritten.
server_name: cohortium
host: ${quote(options.host ?? '127.0.0.1')}
port: ${options.port}
pid_file: ${quote(options.pidFile)}
max_payload: ${options.maxPayloadBytes ?? maxMessageBytes + brokerHeaderBytes}
max_control_line: 4096
write_deadline: "10s"
ping_interval: "20s"
ping_max: 2
jetstream {
  store_dir: ${quote(options.storeDir)}
}
accounts {
  COHORTIUM {
    jetstream: enabled
    users: [
${users.join('\n')}
    ]
  }
}
`;
}

interface Rule {
  readonly allow: readonly string[];
  readonly deny?: readonly string[];
}

function allowOnly(permissions: Permissions): { readonly publish: Rule; readonly subscribe: Rule } {
  return { publish: { allow: permissions.publish }, subscribe: { allow: permissions.subscribe } };
}

function user(nkey: string, permissions: { readonly publish: Rule; readonly subscribe: Rule }): string {
  return `      { nkey: ${quote(nkey)}, permissions: { publish: ${rule(permissions.publish)}, subscribe: ${rule(permissions.subscribe)} } }`;
}

function rule({ allow, deny }: Rule): string {
  const list = (subjects: readonly string[]): string => `[${subjects.map(quote).join(', ')}]`;
  return deny === undefined ? `{ allow: ${list(allow)} }` : `{ allow: ${list(allow)}, deny: ${list(deny)} }`;
}

/** Double quotes keep `$` literal in the server's configuration language; backslash and quote are escaped. */
function quote(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this refuses
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw transportErrors.error('TRANSPORT.BAD_CONFIG', { reason: 'a value holds a control character' });
  return `"${text.replace(/[\\"]/g, (character) => `\\${character}`)}"`;
}

function checkKeys(options: BrokerConfigOptions): void {
  const refuse = (reason: string): Error => transportErrors.error('TRANSPORT.BAD_CONFIG', { reason });
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
