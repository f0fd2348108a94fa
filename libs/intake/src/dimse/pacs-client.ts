import { intakeErrors } from '../errors.js';
import { dimse } from './quiet.js';

/** An archive that speaks DIMSE. */
export interface Pacs {
  readonly host: string;
  readonly port: number;
  /** Its application entity title. */
  readonly title: string;
  /** Ours. */
  readonly callingTitle: string;
  readonly timeoutMs?: number;
  /** PEM texts; left out: no TLS. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string };
}

/** A series that an archive holds, with the UIDs of its objects. */
export interface PacsSeries {
  readonly imagingStudyUid: string;
  readonly seriesUid: string;
  readonly modality: string;
  readonly sopInstanceUids: readonly string[];
}

/** Which imaging studies are meant; all that are given must agree. */
export interface StudyQuery {
  readonly patientId?: string;
  readonly imagingStudyUid?: string;
  readonly accessionNumber?: string;
  /** `YYYYMMDD`, or a range `YYYYMMDD-YYYYMMDD`. */
  readonly studyDate?: string;
}

type Request = InstanceType<typeof dimse.requests.Request>;
interface AnyResponse {
  getStatus(): number;
  getDataset(): { getElements(): Record<string, unknown> } | undefined;
}

const pending = new Set([0xff00, 0xff01]);

/** Asks whether an archive answers (C-ECHO). @throws `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED` */
export async function echo(pacs: Pacs): Promise<void> {
  await perform(pacs, [new dimse.requests.CEchoRequest()], 'C-ECHO');
}

/**
 * Finds imaging studies with their series and objects (C-FIND, study root).
 * @throws `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED`
 */
export async function findSeries(pacs: Pacs, query: StudyQuery): Promise<readonly PacsSeries[]> {
  const keys = { PatientID: query.patientId ?? '', StudyInstanceUID: query.imagingStudyUid ?? '', AccessionNumber: query.accessionNumber ?? '', StudyDate: query.studyDate ?? '' }; // prettier-ignore
  const studies = await find(pacs, 'STUDY', keys);
  const found: PacsSeries[] = [];
  for (const study of studies) {
    const imagingStudyUid = textOf(study, 'StudyInstanceUID');
    if (imagingStudyUid === '') continue;
    for (const series of await find(pacs, 'SERIES', { StudyInstanceUID: imagingStudyUid, SeriesInstanceUID: '', Modality: '' })) {
      const seriesUid = textOf(series, 'SeriesInstanceUID');
      if (seriesUid === '') continue;
      const images = await find(pacs, 'IMAGE', { StudyInstanceUID: imagingStudyUid, SeriesInstanceUID: seriesUid, SOPInstanceUID: '' });
      const sopInstanceUids = [...new Set(images.map((image) => textOf(image, 'SOPInstanceUID')).filter((uid) => uid !== ''))];
      found.push({ imagingStudyUid, seriesUid, modality: textOf(series, 'Modality'), sopInstanceUids });
    }
  }
  return found;
}

/**
 * Asks an archive to send one series to a receiver that it knows by title (C-MOVE, study root).
 * @returns how many objects it says that it could not send
 * @throws `INTAKE.PEER_UNREACHABLE`, `INTAKE.PEER_REFUSED`
 */
export async function moveSeries(pacs: Pacs, { imagingStudyUid, seriesUid }: PacsSeries, destination: string): Promise<number> {
  const request = dimse.requests.CMoveRequest.createSeriesMoveRequest(destination, imagingStudyUid, seriesUid);
  const responses = await perform(pacs, [request], 'C-MOVE', [0xb000]);
  const last = responses.at(-1) as (AnyResponse & { getFailures?(): number }) | undefined;
  return last?.getFailures?.() ?? 0;
}

async function find(pacs: Pacs, level: 'STUDY' | 'SERIES' | 'IMAGE', keys: Record<string, string>): Promise<Record<string, unknown>[]> {
  const request = new dimse.requests.CFindRequest();
  request.setDataset(new dimse.Dataset({ QueryRetrieveLevel: level, ...keys }));
  const responses = await perform(pacs, [request], 'C-FIND');
  return responses.filter((response) => pending.has(response.getStatus())).map((response) => response.getDataset()?.getElements() ?? {});
}

function textOf(elements: Record<string, unknown>, name: string): string {
  const value = elements[name];
  return typeof value === 'string' ? value.replace(/[\0 ]+$/, '') : '';
}

/** Sends requests in one association and waits for its end. `partial` lists final statuses that are no failure of the whole. */
function perform(pacs: Pacs, requests: readonly Request[], verb: string, partial: readonly number[] = []): Promise<readonly AnyResponse[]> {
  return new Promise((resolve, reject) => {
    const client = new dimse.Client();
    const responses: AnyResponse[] = [];
    let failure: Error | undefined;
    const fail = (error: Error) => (failure ??= error);
    for (const request of requests) {
      request.on('response', (response: AnyResponse) => {
        responses.push(response);
        const status = response.getStatus();
        if (status !== 0 && !pending.has(status) && !partial.includes(status))
          fail(refused(verb, `0x${status.toString(16).padStart(4, '0')}`));
      });
      client.addRequest(request);
    }
    let answered = false;
    client.on('associationAccepted', () => (answered = true));
    client.on('associationRejected', ({ reason }: { reason: number }) => fail(refused(verb, `association rejected (${reason})`)));
    client.on('networkError', (cause: Error) => fail(intakeErrors.error('INTAKE.PEER_UNREACHABLE', { peer: pacs.title, reason: (cause as NodeJS.ErrnoException).code ?? 'connection lost' }, { cause }))); // prettier-ignore
    client.on('closed', () => {
      const complete = responses.length > 0 && !pending.has(responses.at(-1)?.getStatus() ?? 0);
      if (failure === undefined && !complete) fail(answered ? refused(verb, 'no answer') : intakeErrors.error('INTAKE.PEER_UNREACHABLE', { peer: pacs.title, reason: 'connection closed' })); // prettier-ignore
      if (failure === undefined) resolve(responses);
      else reject(failure);
    });
    const timeoutMs = pacs.timeoutMs ?? 60_000;
    const tls = pacs.tls === undefined ? {} : { securityOptions: { ...pacs.tls, rejectUnauthorized: true, minVersion: 'TLSv1.2' } };
    client.send(pacs.host, pacs.port, pacs.callingTitle, pacs.title, { connectTimeout: timeoutMs, associationTimeout: timeoutMs, pduTimeout: timeoutMs, ...tls }); // prettier-ignore
  });
}

function refused(verb: string, reason: string): Error {
  return intakeErrors.error('INTAKE.PEER_REFUSED', { verb, reason });
}
