import { intakeErrors } from '../errors.js';
import type { PacsSeries, StudyQuery } from '../dimse/pacs-client.js';
import { boundaryOf, multipartBodies } from './multipart.js';

/** An archive that speaks DICOMweb (PS3.18). */
export interface DicomWeb {
  /** Root of its services, for instance `https://pacs/dicom-web`. */
  readonly url: string;
  /** Value of the Authorization header. */
  readonly authorization?: string;
  readonly timeoutMs?: number;
  readonly maxObjectBytes: number;
}

type Attributes = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

const pageSize = 500;
const answerLimitBytes = 2 ** 27;

/**
 * Finds imaging studies with their series and objects (QIDO-RS), page by page.
 * @throws `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED`, `INTAKE.BAD_ANSWER`
 */
export async function searchSeries(web: DicomWeb, query: StudyQuery): Promise<readonly PacsSeries[]> {
  const keys = Object.entries({ PatientID: query.patientId, StudyInstanceUID: query.imagingStudyUid, AccessionNumber: query.accessionNumber, StudyDate: query.studyDate }); // prettier-ignore
  const matching = keys.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const found: PacsSeries[] = [];
  for (const study of await search(web, '/studies', matching)) {
    const imagingStudyUid = valueOf(study, '0020000D');
    if (!isUid(imagingStudyUid)) continue;
    for (const series of await search(web, `/studies/${imagingStudyUid}/series`, [])) {
      const seriesUid = valueOf(series, '0020000E');
      if (!isUid(seriesUid)) continue;
      const instances = await search(web, `/studies/${imagingStudyUid}/series/${seriesUid}/instances`, []);
      const sopInstanceUids = [...new Set(instances.map((instance) => valueOf(instance, '00080018')).filter(isUid))];
      found.push({ imagingStudyUid, seriesUid, modality: valueOf(series, '00080060'), sopInstanceUids });
    }
  }
  return found;
}

/**
 * Retrieves the objects of a series (WADO-RS) in the transfer syntax in which the archive keeps them: all at once, or the one named.
 * @throws `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED`, `INTAKE.BAD_ANSWER`
 */
export async function* retrieve(
  web: DicomWeb,
  { imagingStudyUid, seriesUid, sopInstanceUids }: PacsSeries,
  only?: string,
): AsyncGenerator<Uint8Array> {
  const path = `/studies/${imagingStudyUid}/series/${seriesUid}${only === undefined ? '' : `/instances/${only}`}`;
  const response = await request(web, path, 'multipart/related; type="application/dicom"; transfer-syntax=*');
  const boundary = boundaryOf(response.headers.get('content-type') ?? '');
  if (boundary === undefined || response.body === null) throw intakeErrors.error('INTAKE.BAD_ANSWER', { problem: 'malformed' });
  const limits = { maxPartBytes: web.maxObjectBytes, maxParts: only === undefined ? sopInstanceUids.length + 1000 : 16 };
  try {
    yield* multipartBodies(response.body as AsyncIterable<Uint8Array>, boundary, limits);
  } catch (cause) {
    if ((cause as { code?: string }).code?.startsWith('INTAKE.')) throw cause;
    throw unreachable(web, cause);
  }
}

async function search(web: DicomWeb, path: string, matching: readonly (readonly [string, string])[]): Promise<Attributes[]> {
  const all: Attributes[] = [];
  const seen = new Set<string>();
  for (let offset = 0; ; offset = all.length) {
    const parameters = new URLSearchParams([...matching, ['limit', String(pageSize)], ['offset', String(offset)]] as [string, string][]);
    const response = await request(web, `${path}?${parameters}`, 'application/dicom+json');
    if (response.status === 204) return all;
    const page = await parsedPage(response);
    // An archive without paging gives everything at once, or the same again.
    if (page.length === 0 || seen.has(uidOf(page[0]))) return all;
    for (const attributes of page) {
      seen.add(uidOf(attributes));
      all.push(attributes);
    }
    // An archive may give fewer than asked for, and says then that there are more (PS3.18, 8.3.4.4).
    const saysMore = response.status === 206 || /(?:^|,)\s*299\b/.test(response.headers.get('warning') ?? '');
    if (page.length < pageSize && !saysMore) return all;
  }
}

async function parsedPage(response: Response): Promise<Attributes[]> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > answerLimitBytes) throw intakeErrors.error('INTAKE.BAD_ANSWER', { problem: 'tooLarge' });
  }
  try {
    const value: unknown = JSON.parse(text || '[]');
    if (Array.isArray(value)) return value as Attributes[];
  } catch {
    // Told below: what came is no list of attributes.
  }
  throw intakeErrors.error('INTAKE.BAD_ANSWER', { problem: 'malformed' });
}

async function request(web: DicomWeb, path: string, accept: string): Promise<Response> {
  const headers = { accept, ...(web.authorization === undefined ? {} : { authorization: web.authorization }) };
  let response: Response;
  try {
    // A redirection would take the password to another host.
    response = await fetch(`${web.url.replace(/\/+$/, '')}${path}`, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(web.timeoutMs ?? 600_000),
    });
  } catch (cause) {
    throw unreachable(web, cause);
  }
  if (response.status !== 200 && response.status !== 204 && response.status !== 206) {
    await response.body?.cancel();
    throw intakeErrors.error('INTAKE.PEER_REFUSED', { verb: 'DICOMweb', reason: `HTTP ${response.status}` });
  }
  return response;
}

function unreachable({ url }: DicomWeb, cause: unknown): Error {
  const inner = (cause as { cause?: NodeJS.ErrnoException }).cause;
  return intakeErrors.error('INTAKE.PEER_UNREACHABLE', { peer: hostOf(url), reason: inner?.code ?? (cause as Error).name }, { cause });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '?';
}

function valueOf(attributes: Attributes, tag: string): string {
  const value = attributes[tag]?.Value?.[0];
  return typeof value === 'string' ? value : '';
}

/** The UID of an answer at its own level; the whole answer where it has none. */
function uidOf(attributes: Attributes | undefined): string {
  const uids = ['00080018', '0020000E', '0020000D'].map((tag) => valueOf(attributes ?? {}, tag));
  return uids.find((uid) => uid !== '') ?? JSON.stringify(attributes);
}

/** Only what is a UID goes into a path. */
function isUid(text: string): boolean {
  return /^[0-9][0-9.]{0,63}$/.test(text);
}
