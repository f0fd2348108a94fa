import type { DicomObject } from './dicom-object.js';
import { secondsOfDateTime, secondsOfDay } from './dicom-time.js';
import { defined } from './frame-attributes.js';
import type { FrameAttributes } from './frame-attributes.js';
import type { ImageFacts, UptakeFactors } from './frame-info.js';
import { privateTag } from './private-elements.js';

function isEchoPlanar(object: DicomObject): boolean {
  const stated = object.text('x00189018');
  if (stated !== undefined) return stated === 'YES';
  const name = object.text('x00180024') ?? object.text('x00189005') ?? '';
  return object.texts('x00180020').includes('EP') || /^\W?ep[_a-z]*[0-9]?|epi/i.test(name);
}

/** No scanner of people has more; larger values are gauss. */
const strongestTesla = 30;

/** Facts of an image object. @param attributes of its first frame */
export function imageFacts(object: DicomObject, attributes: FrameAttributes): ImageFacts {
  return {
    ...defined({
      modality: object.text('x00080060'),
      sopClassUid: object.text('x00080016'),
      manufacturer: object.text('x00080070'),
      model: object.text('x00081090'),
      softwareVersion: object.text('x00181020'),
      fieldStrengthTesla: fieldStrength(object),
      seriesDescription: object.text('x0008103e'),
      protocolName: object.text('x00181030'),
      bodyPart: object.text('x00180015'),
      laterality: object.text('x00200060') ?? object.text('x00200062'),
      seriesNumber: object.decimal('x00200011'),
      sequenceName: object.text('x00180024') ?? object.text('x00189005'),
      acquisitionType: object.text('x00180023'),
      acquisitionContrast: attributes.group('x00189226')?.text('x00089209') ?? object.text('x00089209'),
      echoTrainLength: attributes.number('x00189112', 'x00180091', 'IS'),
      fatSaturation: fatSaturation(object, attributes),
      contrastAgent: contrastAgent(object),
      contrastDelaySeconds: contrastDelay(object),
      phaseTimes: phaseTimes(object),
      uptake: uptakeFactors(object),
    }),
    scanningSequence: object.texts('x00180020'),
    isEchoPlanar: isEchoPlanar(object),
    sequenceVariant: object.texts('x00180021'),
    scanOptions: object.texts('x00180022'),
  };
}

/** Tesla; some scanners write gauss (15000), some the nominal frequency is all there is. */
function fieldStrength(object: DicomObject): number | undefined {
  const stated = object.decimal('x00180087');
  if (stated === undefined || stated <= 0) return undefined;
  return stated > strongestTesla ? stated / 10_000 : stated;
}

/**
 * Fat suppression by, in this order: Spectrally Selected Suppression and Excitation of Enhanced MR, the scan options FS, SFS, FATSAT_GEMS
 * and the like, the names of sequence, series and protocol.
 */
function fatSaturation(object: DicomObject, attributes: FrameAttributes): ImageFacts['fatSaturation'] {
  const suppression = attributes.text('x00189006', 'x00189025');
  if (suppression !== undefined && suppression !== 'NONE') return { value: /FAT/.test(suppression), source: '(0018,9025)' };
  const excitation = attributes.text('x00189006', 'x00189026');
  if (excitation !== undefined && excitation !== 'NONE') return { value: excitation === 'WATER', source: '(0018,9026)' };
  const options = object.texts('x00180022');
  if (options.some((option) => /^(FS|SFS|FSS|FATSAT.*|FAT_SAT.*|SPIR|SPAIR|STIR|DIXON)$/i.test(option)))
    return { value: true, source: '(0018,0022)' };
  for (const [tag, source] of [
    ['x0008103e', '(0008,103E)'],
    ['x00181030', '(0018,1030)'],
    ['x00180024', '(0018,0024)'],
  ] as const) {
    // prettier-ignore
    const text = object.text(tag) ?? '';
    if (/non[ _-]?(fs|fat)|no[ _-]?fs|without[ _-]?fat|w\/?o[ _-]?fs/i.test(text)) return { value: false, source };
    if (/(^|[^a-z])fs($|[^a-z])|fat[ _-]?sat|fatsup|spair|spir|stir|vibrant|thrive|views|dixon.*[_ -]w|water|we_?[0-9]/i.test(text))
      return { value: true, source };
  }
  if (suppression === 'NONE') return { value: false, source: '(0018,9025)' };
  return options.length > 0 ? { value: false, source: '(0018,0022)' } : undefined;
}

function contrastAgent(object: DicomObject): string | undefined {
  const agent = object.text('x00180010') ?? object.item('x00180012')?.text('x00080104');
  return agent === undefined || /^(none|no|n|off|-+)$/i.test(agent) ? undefined : agent;
}

function contrastDelay(object: DicomObject): number | undefined {
  const date = object.text('x00080022') ?? object.text('x00080023') ?? object.text('x00080021');
  const acquired = secondsOfDateTime(object.text('x0008002a')) ?? secondsOfDay(date, object.text('x00080032') ?? object.text('x00080033'));
  // Enhanced objects keep the start in the profile of the agent's administration.
  const start = object.text('x00181042') ?? object.item('x00180012')?.item('x00189340')?.text('x00181042');
  const injected = secondsOfDay(date, start);
  const delay = acquired === undefined || injected === undefined ? undefined : acquired - injected;
  // A day's difference means that the two dates are not the same kind of date.
  return delay !== undefined && Math.abs(delay) < 43_200 ? delay : undefined;
}

/** Times that derived maps of UCSF's breast software repeat: seconds of each phase's center from the injection. */
function phaseTimes(object: DicomObject): ImageFacts['phaseTimes'] {
  const tag = privateTag(object, 0x0117, 'UCSF BIRP PRIVATE CREATOR', 0x34);
  const seconds = tag === undefined ? undefined : object.decimals(tag);
  return seconds === undefined ? undefined : { seconds, source: '(0117,1034)' };
}

function uptakeFactors(object: DicomObject): UptakeFactors | undefined {
  const drug = object.item('x00540016');
  if (object.text('x00080060') !== 'PT' && drug === undefined) return undefined;
  const started = secondsOfDateTime(drug?.text('x00181078')) ?? secondsOfDay(object.text('x00080021'), drug?.text('x00181072'));
  const series = secondsOfDay(object.text('x00080021'), object.text('x00080031'));
  const uptake = started === undefined || series === undefined ? undefined : series - started;
  return {
    ...defined({
      units: object.text('x00541001'),
      decayCorrection: object.text('x00541102'),
      patientWeightKg: object.decimal('x00101030'),
      injectedDoseBq: drug?.decimal('x00181074'),
      halfLifeSeconds: drug?.decimal('x00181075'),
      uptakeSeconds: uptake !== undefined && Math.abs(uptake) < 86_400 ? uptake : undefined,
    }),
    correctedImage: object.texts('x00280051'),
  };
}
