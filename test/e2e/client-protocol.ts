// What a NATS client says beside messages.

/** What the client tells the broker about itself: options, key, signature, and the name `site-S1`. */
export const connectFields = ['headers', 'lang', 'name', 'nkey', 'no_responders', 'pedantic', 'protocol', 'sig', 'verbose', 'version'];

/** Subjects on which a site acknowledges its tasks. */
export function acknowledged(site: string): RegExp {
  return new RegExp(`^\\$JS\\.ACK\\.TASK\\.TASK_${site}(\\.\\d+){5}$`);
}

/** Fields of a pull request by type of their value. */
export function pullFields(text: string): string[] {
  return Object.entries(JSON.parse(text) as object)
    .map(([name, value]) => `${name}: ${typeof value}`)
    .sort();
}
