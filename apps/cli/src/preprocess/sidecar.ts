import type { ImageFacts } from '../maps/image-list.js';

/** What an image's file told, in the words of BIDS, for the sidecar of what is made from it: the next command reads it there. */
export function sidecarOf({ seconds, bValue, flipAngleDeg, repetitionTimeMs, unit }: ImageFacts): object {
  return {
    ...(seconds === undefined ? {} : { FrameTimesStart: [seconds] }),
    ...(bValue === undefined ? {} : { BValues: [bValue] }),
    ...(flipAngleDeg === undefined ? {} : { FlipAngle: flipAngleDeg }),
    ...(repetitionTimeMs === undefined ? {} : { RepetitionTimeExcitation: repetitionTimeMs / 1000 }),
    ...(unit === undefined ? {} : { Units: unit }),
  };
}
