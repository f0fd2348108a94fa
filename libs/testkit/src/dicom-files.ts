/** Attributes of a made-up MR slice; only what the way in looks at. */
export interface TestSlice {
  readonly patientId?: string;
  readonly patientName?: string;
  readonly birthDate?: string;
  readonly imagingStudyUid?: string;
  readonly seriesUid?: string;
  readonly sopInstanceUid: string;
  readonly instanceNumber?: number;
  readonly zMm?: number;
  /** Value of every pixel, 16 x 16. */
  readonly gray?: number;
  /** Further elements of group 0008 to 0020 by tag `ggggeeee`, as text. */
  readonly more?: Readonly<Record<string, readonly [string, string]>>;
}

/** A Part 10 file in explicit little endian, written byte by byte: it depends on nothing that it tests. */
export function testSlice(slice: TestSlice): Buffer {
  const sopClass = '1.2.840.10008.5.1.4.1.1.4';
  const texts: Record<string, readonly [string, string]> = {
    '00080016': ['UI', sopClass],
    '00080018': ['UI', slice.sopInstanceUid],
    '00080020': ['DA', '20240105'],
    '00080060': ['CS', 'MR'],
    '00100010': ['PN', slice.patientName ?? 'Testowa^Maria'],
    '00100020': ['LO', slice.patientId ?? 'HOSP-100'],
    '00100030': ['DA', slice.birthDate ?? '19700203'],
    '0020000d': ['UI', slice.imagingStudyUid ?? '1.2.276.9.1'],
    '0020000e': ['UI', slice.seriesUid ?? '1.2.276.9.1.1'],
    '00200011': ['IS', '1'],
    '00200013': ['IS', String(slice.instanceNumber ?? 1)],
    '00200032': ['DS', `0\\0\\${slice.zMm ?? 0}`],
    '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
    ...slice.more,
  };
  const numbers = { '00280002': 1, '00280010': 16, '00280011': 16, '00280100': 16, '00280101': 16, '00280102': 15, '00280103': 0 };
  const body = [
    ...Object.entries(texts).map(([tag, [vr, text]]) => [tag, element(tag, vr, Buffer.from(text, 'latin1'))] as const),
    ...Object.entries(numbers).map(([tag, value]) => [tag, element(tag, 'US', Buffer.from(Uint16Array.of(value).buffer))] as const),
    ['00280004', element('00280004', 'CS', Buffer.from('MONOCHROME2'))] as const,
    ['7fe00010', element('7fe00010', 'OW', Buffer.from(new Uint16Array(256).fill(slice.gray ?? 1).buffer))] as const,
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  const meta = Buffer.concat([
    element('00020001', 'OB', Buffer.from([0, 1])),
    element('00020002', 'UI', Buffer.from(sopClass)),
    element('00020003', 'UI', Buffer.from(slice.sopInstanceUid)),
    element('00020010', 'UI', Buffer.from('1.2.840.10008.1.2.1')),
  ]);
  const length = element('00020000', 'UL', Buffer.from(Uint32Array.of(meta.length).buffer));
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, ...body.map(([, bytes]) => bytes)]);
}

function element(tag: string, vr: string, value: Buffer): Buffer {
  const padded = value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.from(vr === 'UI' || vr === 'OB' ? '\0' : ' ')]);
  const long = vr === 'OB' || vr === 'OW';
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(padded.length, 8);
  else head.writeUInt16LE(padded.length, 6);
  return Buffer.concat([head, padded]);
}
