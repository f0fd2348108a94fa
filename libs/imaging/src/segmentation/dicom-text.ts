import type { DicomObject } from '../dicom/dicom-object.js';

/** Encodings by the defined terms of SpecificCharacterSet (PS3.3, C.12.1.1.2) that need no escape sequences. */
const encodings: Readonly<Record<string, string>> = {
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  'ISO_IR 100': 'windows-1252',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 13': 'shift_jis',
};

/**
 * Text of an attribute in the character set of the object, or of the item where that states one of its own.
 * @param inherited character set of the enclosing object, for items
 */
export function dicomText(object: DicomObject, tag: string, inherited?: DicomObject): string | undefined {
  const bytes = object.bytes(tag);
  const charset = object.texts('x00080005')[0] ?? inherited?.texts('x00080005')[0] ?? '';
  const encoding = encodings[charset];
  // Sets that are switched by escape sequences are read up to the first switch: the part in Latin letters comes first (PS3.5, 6.2.1.2).
  if (encoding === undefined || bytes === undefined) return object.text(tag)?.split('\u001b')[0]?.replace(/=$/, '').trim() || undefined;
  const stop = bytes.indexOf(0);
  const text = new TextDecoder(encoding).decode(stop < 0 ? bytes : bytes.subarray(0, stop)).trim();
  return text === '' ? undefined : text;
}
