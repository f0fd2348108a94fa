import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readText } from '../outputs/files.js';
import { mapErrors } from './errors.js';
import type { ImageFacts } from './image-list.js';

const numberOrList = z.union([z.number(), z.array(z.number())]);
/** The fields that we use of the BIDS sidecar (times in seconds, angles in degrees), and `BValues` (s/mm^2) and `Units` of our own. */
const schema = z.object({
  FrameTimesStart: z.array(z.number()).optional(),
  VolumeTiming: z.array(z.number()).optional(),
  AcquisitionTime: z.string().optional(),
  FlipAngle: numberOrList.optional(),
  RepetitionTimeExcitation: z.number().optional(),
  RepetitionTime: z.number().optional(),
  BValues: z.array(z.number()).optional(),
  Units: z.string().optional(),
});

/**
 * What `NAME.json` and `NAME.bval` beside an image tell about each of its volumes. Lists that do not have a value for each volume tell nothing.
 * @param stem path of the image without its ending
 * @throws `CLI.BAD_SIDECAR`, `CLI.CANNOT_READ`
 */
export function readSidecar(stem: string, count: number): readonly ImageFacts[] {
  const json = existsSync(`${stem}.json`) ? parseJson(`${stem}.json`) : {};
  const whole = (list: readonly number[] | undefined) => (list?.length === count ? list : undefined);
  const times = whole(json.FrameTimesStart) ?? whole(json.VolumeTiming) ?? (count === 1 ? clockSeconds(json.AcquisitionTime) : undefined);
  const bValues = existsSync(`${stem}.bval`) ? whole(parseBValues(`${stem}.bval`)) : whole(json.BValues);
  const angles = typeof json.FlipAngle === 'number' ? Array.from({ length: count }, () => json.FlipAngle as number) : whole(json.FlipAngle);
  const seconds = json.RepetitionTimeExcitation ?? json.RepetitionTime;
  return Array.from({ length: count }, (_, at) => ({
    seconds: times?.[at],
    bValue: bValues?.[at],
    flipAngleDeg: angles?.[at],
    repetitionTimeMs: seconds === undefined ? undefined : 1000 * seconds,
    unit: json.Units,
  }));
}

function parseJson(path: string): z.infer<typeof schema> {
  let content: unknown;
  try {
    content = JSON.parse(readText(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw mapErrors.error('CLI.BAD_SIDECAR', { path, problem: 'json' }, { cause });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw mapErrors.error('CLI.BAD_SIDECAR', { path, problem: 'field' });
  return parsed.data;
}

function parseBValues(path: string): readonly number[] {
  const values = readText(path).trim().split(/\s+/).map(Number);
  if (!values.every(Number.isFinite)) throw mapErrors.error('CLI.BAD_SIDECAR', { path, problem: 'bval' });
  return values;
}

/** Seconds of a day from `10:25:51.5`. */
function clockSeconds(text: string | undefined): readonly number[] | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(text ?? '') ?? [];
  return seconds === undefined ? undefined : [3600 * Number(hours) + 60 * Number(minutes) + Number(seconds)];
}
