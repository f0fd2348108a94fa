import { seriesRoles } from '@cohortium/imaging';
import type { SeriesRole } from '@cohortium/imaging';
import { z } from 'zod';

const decisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    atMs: z.number(),
    kind: z.literal('resolve'),
    conflict: z.string(),
    about: z.string(),
    /** All sides stay. */
    accepted: z.boolean(),
    setAside: z.array(z.string()),
  }),
  z.strictObject({ atMs: z.number(), kind: z.literal('release'), series: z.array(z.string()) }),
  z.strictObject({ atMs: z.number(), kind: z.literal('role'), series: z.string(), role: z.enum(seriesRoles) }),
]);

/** One line of the log of decisions. */
export type Decision = z.output<typeof decisionSchema>;

/** All decisions together. */
export interface Decisions {
  readonly accepted: ReadonlySet<string>;
  /** Objects that a person decided against, by SHA-256; they stay on the disk. */
  readonly setAside: ReadonlySet<string>;
  /** UIDs of released series. */
  readonly released: ReadonlySet<string>;
  /** What a person says that a series is, by its UID; it wins over what its attributes say. */
  readonly roles: ReadonlyMap<string, SeriesRole>;
}

/** Reads the log; a line that a crash tore was never answered for and is passed over. */
export function decisionsOf(log: string): Decisions {
  const [accepted, setAside, released] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const roles = new Map<string, SeriesRole>();
  for (const line of log.split('\n')) {
    const decision = parsed(line);
    if (decision?.kind === 'release') for (const uid of decision.series) released.add(uid);
    if (decision?.kind === 'role') roles.set(decision.series, decision.role);
    if (decision?.kind !== 'resolve') continue;
    if (decision.accepted) accepted.add(decision.conflict);
    for (const sha256 of decision.setAside) setAside.add(sha256);
  }
  return { accepted, setAside, released, roles };
}

function parsed(line: string): Decision | undefined {
  try {
    return decisionSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
