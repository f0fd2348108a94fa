import { echo, pullByMove, pullDicomWeb } from '@cohortium/intake';
import type { Pacs, StudyQuery } from '@cohortium/intake';
import { z } from 'zod';
import { cliErrors } from '../../errors.js';
import { readText } from '../../outputs/files.js';
import type { Terminal } from '../../terminal.js';
import { assertOwn } from '../../trust/key-file.js';
import { waysWords } from './messages.js';
import { listen } from './receive.command.js';
import { openTray, tellTally } from './tray-options.js';
import type { TrayOptions } from './tray-options.js';

/** Where an archive is, by DIMSE. */
export interface PeerOptions {
  readonly host: string;
  readonly port: number;
  readonly title: string;
  readonly calling: string;
}

/** Which imaging studies are meant. Identifiers of patients come by file, since other users of a machine can read command lines. */
export interface QueryOptions {
  readonly query?: string;
  readonly study?: string;
  readonly date?: string;
}

/** Options of `cohortium intake pull`. */
export interface PullOptions extends TrayOptions, QueryOptions {
  readonly url: string;
  readonly authFile?: string;
}

/** Options of `cohortium intake move`. */
export interface MoveOptions extends TrayOptions, QueryOptions, PeerOptions {
  readonly receivePort: number;
}

const querySchema = z.strictObject({
  patientId: z.string().min(1).max(64).optional(),
  imagingStudyUid: z.string().min(1).max(64).optional(),
  accessionNumber: z.string().min(1).max(16).optional(),
  studyDate: z.string().regex(/^\d{8}(-\d{8})?$/).optional(), // prettier-ignore
});

/** `cohortium intake echo`. */
export async function echoCommand(terminal: Terminal, options: PeerOptions): Promise<number> {
  await echo(pacsOf(options));
  const { host, port, title } = options;
  terminal.data(waysWords(terminal.language)('echoed', { host, port: String(port), title }));
  terminal.jsonObject({ schemaVersion: 1, host, port, title, answered: true });
  return 0;
}

/** `cohortium intake pull`: exit code 0 when everything that the archive names is in the tray. */
export async function pullCommand(terminal: Terminal, options: PullOptions): Promise<number> {
  const query = readQuery(terminal, options);
  const authorization = options.authFile === undefined ? undefined : readAuthorization(terminal, options.authFile);
  const tray = openTray(options);
  const web = { url: options.url, maxObjectBytes: options.maxMib * 2 ** 20, ...(authorization === undefined ? {} : { authorization }) };
  const { tally, series, named, missing } = await pullDicomWeb(web, query, tray);
  terminal.data(waysWords(terminal.language)('pulled', { series, named, missing }));
  tellTally(terminal, tally);
  terminal.jsonObject({ schemaVersion: 1, ...tally, series, named, missing, conflicts: tray.conflicts().length });
  return missing === 0 ? 0 : 5;
}

/** `cohortium intake move`: receives under the calling title while the archive sends. */
export async function moveCommand(terminal: Terminal, options: MoveOptions): Promise<number> {
  const query = readQuery(terminal, options);
  const tray = openTray(options);
  // The address of the archive, `host`, is none of ours.
  const { host: _archive, ...rest } = options;
  const receive = { ...rest, port: options.receivePort, title: options.calling, maxAssociations: 8 };
  const { receiver, tally } = await listen(terminal, tray, receive, 'move');
  try {
    const { series, named, missing } = await pullByMove(pacsOf(options), query, options.calling, tray);
    terminal.data(waysWords(terminal.language)('pulled', { series, named, missing }));
    tellTally(terminal, tally);
    terminal.jsonObject({ schemaVersion: 1, ...tally, series, named, missing, conflicts: tray.conflicts().length });
    return missing === 0 ? 0 : 5;
  } finally {
    await receiver.close();
  }
}

function pacsOf({ host, port, title, calling }: PeerOptions): Pacs {
  return { host, port, title, callingTitle: calling };
}

/** @throws `CLI.USAGE` for no or a malformed query: an empty one would fetch the archive */
function readQuery(terminal: Terminal, { query, study, date }: QueryOptions): StudyQuery {
  const words = waysWords(terminal.language);
  let value: unknown = {};
  try {
    if (query !== undefined) value = JSON.parse(readText(query));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cliErrors.error('CLI.USAGE', { problem: words('badQuery') }, { cause });
    throw cause;
  }
  const parsed = querySchema.safeParse({
    ...(value as object),
    ...(study === undefined ? {} : { imagingStudyUid: study }),
    ...(date === undefined ? {} : { studyDate: date }),
  });
  if (!parsed.success) throw cliErrors.error('CLI.USAGE', { problem: words('badQuery') });
  const asked = Object.fromEntries(Object.entries(parsed.data).filter(([, text]) => text !== undefined)) as StudyQuery;
  if (Object.keys(asked).length === 0) throw cliErrors.error('CLI.USAGE', { problem: words('noQuery') });
  return asked;
}

/** @throws `CLI.CANNOT_READ`, `CLI.KEY_TOO_OPEN`, `CLI.USAGE` */
function readAuthorization(terminal: Terminal, path: string): string {
  const text = readText(path).trim();
  assertOwn(path);
  if (/^Bearer \S+$/.test(text)) return text;
  if (/^[^:\s]+:.+$/.test(text)) return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;
  throw cliErrors.error('CLI.USAGE', { problem: waysWords(terminal.language)('badAuth') });
}
