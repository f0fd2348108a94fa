import { DicomObject, elementsOf, patientIdentityOf } from '@cohortium/imaging';
import type { RawItem } from '@cohortium/imaging';
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { z } from 'zod';
import { intakeErrors } from '../errors.js';

/** By which way an object came. */
export const ways = ['folder', 'watch', 'store', 'dicomweb', 'move'] as const;
/** One way in. */
export type Way = (typeof ways)[number];

/** Where an object came from. */
export interface Source {
  readonly way: Way;
  /** One export, association or pull: what was pushed together. */
  readonly push: string;
}

const entrySchema = z.strictObject({
  schemaVersion: z.literal(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the elements without file meta information: the same object in another file. */
  contentSha256: z.string(),
  byteCount: z.number(),
  receivedAtMs: z.number(),
  way: z.enum(ways),
  push: z.string(),
  transferSyntax: z.string(),
  sopClassUid: z.string(),
  sopInstanceUid: z.string(),
  seriesUid: z.string(),
  imagingStudyUid: z.string(),
  patientId: z.string(),
  issuer: z.string(),
  patientName: z.string(),
  birthDate: z.string(),
  sex: z.string(),
  modality: z.string(),
  seriesNumber: z.number().nullable(),
  instanceNumber: z.number().nullable(),
  /** ImagePositionPatient along the normal of ImageOrientationPatient, mm; null where the object is no slice. */
  slicePositionMm: z.number().nullable(),
  /** ImageOrientationPatient, rounded: slices of one stack agree in it. */
  orientation: z.string(),
});

/** What the tray knows of one object. Holds participant data: it stays in the tray. */
export type TrayEntry = Readonly<z.output<typeof entrySchema>>;

/** Reads an entry back; undefined for one that is torn or of another form. */
export function readEntry(text: string): TrayEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Directories of media are no images (PS3.3, F.1). */
const mediaDirectory = '1.2.840.10008.1.3.10';

/**
 * Reads what the tray sorts by.
 * @throws `INTAKE.REJECTED` for what is no DICOM object with its UIDs and a participant
 */
export function describe(bytes: Uint8Array, sha256: string, { way, push }: Source, receivedAtMs: number): TrayEntry {
  let object: DicomObject;
  let contentSha256: string;
  try {
    object = DicomObject.parse(bytes);
    const { elements, transferSyntax, encoding } = elementsOf(object);
    // Values in little endian are the same bytes with and without stated representations; compressed pixels are an object of their own.
    const hash = createHash('sha256').update(
      encoding.littleEndian && !/\.1\.2\.4\.|\.1\.2\.5$/.test(transferSyntax) ? 'little' : transferSyntax,
    );
    digest(elements, hash);
    contentSha256 = hash.digest('hex');
  } catch (cause) {
    throw intakeErrors.error('INTAKE.REJECTED', { problem: 'unreadable' }, { cause });
  }
  const text = (tag: string) => object.text(tag) ?? '';
  if (text('x00080016') === mediaDirectory || text('x00020002') === mediaDirectory) throw reject('directory');
  if (text('x00080018') === '' || text('x0020000d') === '' || text('x0020000e') === '') throw reject('noUid');
  const patient = patientIdentityOf(object);
  if (patient === undefined) throw reject('noPatientId');
  return {
    schemaVersion: 1,
    sha256,
    contentSha256,
    byteCount: bytes.length,
    receivedAtMs,
    way,
    push,
    transferSyntax: object.transferSyntax,
    sopClassUid: text('x00080016'),
    sopInstanceUid: text('x00080018'),
    seriesUid: text('x0020000e'),
    imagingStudyUid: text('x0020000d'),
    ...patient,
    patientName: text('x00100010'),
    birthDate: text('x00100030'),
    sex: text('x00100040'),
    modality: text('x00080060'),
    seriesNumber: object.decimal('x00200011') ?? null,
    instanceNumber: object.decimal('x00200013') ?? null,
    ...slice(object),
  };
}

function reject(problem: string): Error {
  return intakeErrors.error('INTAKE.REJECTED', { problem });
}

function slice(object: DicomObject): Pick<TrayEntry, 'slicePositionMm' | 'orientation'> {
  const position = object.decimals('x00200032');
  const axes = object.decimals('x00200037');
  if (position?.length !== 3 || axes?.length !== 6) return { slicePositionMm: null, orientation: '' };
  const [a, b, c, d, e, f] = axes as [number, number, number, number, number, number];
  const [x, y, z] = position as [number, number, number];
  return {
    slicePositionMm: x * (b * f - c * e) + y * (c * d - a * f) + z * (a * e - b * d),
    orientation: axes.map((value) => value.toFixed(3)).join(' '),
  };
}

/** Tags and values at every depth; padding, group lengths and how lengths are stated make no difference. */
function digest(elements: RawItem, hash: Hash): void {
  for (const { tag, value, items } of elements) {
    if (tag.endsWith('0000')) continue;
    let end = value.length;
    while (end > 0 && (value[end - 1] === 0 || value[end - 1] === 0x20)) end--;
    hash.update(`${tag}:${items === undefined ? end : `${items.length} items`}:`).update(value.subarray(0, end));
    for (const item of items ?? []) digest(item, hash.update('item:'));
  }
}
