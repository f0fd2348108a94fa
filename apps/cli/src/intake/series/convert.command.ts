import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DicomObject, buildVolume, imagingErrors, loadCodecs, statedProblem, writeNifti } from '@cohortium/imaging';
import type { RoleAssignment, SeriesRole, StatedProblem, Volume, VolumeFacts } from '@cohortium/imaging';
import { isAppError, sha256 } from '@cohortium/kernel';
import type { Sha256 } from '@cohortium/kernel';
import { namesIn } from '../../outputs/files.js';
import { OutputFolder } from '../../outputs/output-folder.js';
import type { Terminal } from '../../terminal.js';
import { seriesWords } from './messages.js';
import { problemText } from './problem-text.js';
import { scanFolder } from './scan-folder.js';
import type { ScannedSeries } from './scan-folder.js';

/** Options of `cohortium intake convert`. */
export interface ConvertOptions {
  readonly out: string;
  readonly series?: readonly string[];
  readonly role?: ReadonlyMap<string, SeriesRole>;
}

/** A volume that was written. */
interface WrittenVolume {
  readonly file: string;
  readonly series: number;
  readonly volume: number;
  readonly role: string;
  /** SHA-256 of the NIfTI file before compression. */
  readonly sha256: Sha256;
}

interface SkippedVolume extends StatedProblem {
  readonly series: number;
  readonly volume: number;
}

const indexFile = 'volumes.json';

/** `cohortium intake convert PATH --out DIR`. @returns 0; 2 where nothing could be written */
export async function convertCommand(terminal: Terminal, path: string, options: ConvertOptions): Promise<number> {
  const words = seriesWords(terminal.language);
  const scan = scanFolder(path, options.role);
  const all = scan.studies.flatMap(({ series }) => series);
  const wanted = options.series;
  const chosen =
    wanted === undefined ? all : all.filter(({ ordinal, facts }) => wanted.includes(`${ordinal}`) || wanted.includes(facts.seriesUid));
  if (chosen.length === 0) throw imagingErrors.error('IMAGING.NO_SLICES', { count: scan.files });
  const earlier = filesOfEarlierRun(options.out);
  const folder = new OutputFolder(options.out, undefined, (entry) => earlier.has(entry));
  try {
    const written: WrittenVolume[] = [];
    const skipped: SkippedVolume[] = [];
    for (const series of chosen) {
      // A damaged file can end a codec; the next series gets a new one.
      await loadCodecs();
      convertSeries(folder, series, written, skipped);
    }
    for (const { series, volume, ...problem } of skipped)
      terminal.say(words('skippedVolume', { series, volume, message: problemText(problem, terminal.language) }));
    const document = { schemaVersion: 1, volumes: written, skipped, problems: scan.problems };
    if (written.length > 0) {
      folder.add(indexFile, pretty(document), true);
      folder.commit();
      terminal.data(
        words('converted', { volumes: written.length, series: new Set(written.map(({ series }) => series)).size, path: folder.path }),
      );
    }
    terminal.jsonObject({ ...document, out: written.length > 0 ? folder.path : null });
    return written.length > 0 ? 0 : 2;
  } finally {
    folder.abandon();
  }
}

function convertSeries(folder: OutputFolder, series: ScannedSeries, written: WrittenVolume[], skipped: SkippedVolume[]): void {
  const hashes = new Map<number, Sha256>();
  const open = (image: number): DicomObject => {
    const bytes = readFileSync(series.paths[image] as string);
    hashes.set(image, sha256(bytes));
    return DicomObject.parse(bytes, { file: image + 1, count: series.paths.length });
  };
  series.plans.forEach((plan, at) => {
    const volume = at + 1;
    const role = series.assignment.volumes[at] as string;
    try {
      hashes.clear();
      const built = buildVolume(plan, open);
      const bytes = writeNifti({ geometry: built.geometry, values: narrowed(built.values) });
      const name = `s${String(series.ordinal).padStart(3, '0')}-v${String(volume).padStart(3, '0')}-${role}`;
      const entry: WrittenVolume = { file: `${name}.nii.gz`, series: series.ordinal, volume, role, sha256: sha256(bytes) };
      folder.add(entry.file, gzipSync(bytes, { level: 4 }), true);
      folder.add(
        `${name}.json`,
        pretty(sidecar(series, series.facts.volumes[at] as VolumeFacts, entry, [...hashes.values()].sort())),
        true,
      );
      written.push(entry);
    } catch (error) {
      if (!isAppError(error)) throw error;
      skipped.push({ series: series.ordinal, volume, ...statedProblem(error) });
    }
  });
}

/** What is known of a volume: our facts, and under the names of BIDS what programs look for (times in seconds). */
function sidecar({ facts, assignment }: ScannedSeries, volume: VolumeFacts, entry: WrittenVolume, inputs: readonly Sha256[]): object {
  const { volumes, ...series } = facts;
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return {
    schemaVersion: 1,
    ...entry,
    confidence: assignment.confidence,
    evidence: assignment.evidence,
    ...(assignment.correction && { correction: assignment.correction }),
    ...(assignment.dynamic && { dynamic: assignment.dynamic }),
    volumes: volumes.length,
    facts: volume,
    seriesFacts: series,
    /** SHA-256 of each DICOM file that the volume came from, ascending. */
    inputs,
    FrameTimesStart: startOf(assignment, volume),
    BValues: volume.bValue === undefined ? undefined : [volume.bValue],
    RepetitionTime: seconds(volume.repetitionTimeMs),
    EchoTime: seconds(volume.echoTimeMs),
    InversionTime: seconds(volume.inversionTimeMs),
    FlipAngle: volume.flipAngleDegrees,
    MagneticFieldStrength: facts.fieldStrengthTesla,
    Manufacturer: facts.manufacturer,
    Units: volume.unit,
  };
}

/** From the first phase, also where each phase is a series of its own. */
function startOf({ dynamic }: RoleAssignment, { startSeconds }: VolumeFacts): readonly number[] | undefined {
  const seconds = dynamic?.starts[dynamic.phase - 1] ?? startSeconds;
  return seconds === undefined ? undefined : [seconds];
}

/** Whole numbers of 32 bits in 16 where they fit: half the file, the same values. */
function narrowed(values: Volume['values']): Volume['values'] {
  if (!(values instanceof Int32Array)) return values;
  let [least, most] = [0, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least >= -32_768 && most <= 32_767) return Int16Array.from(values);
  return least >= 0 && most <= 65_535 ? Uint16Array.from(values) : values;
}

/** What an earlier run wrote, by its own index: only that may be replaced. */
function filesOfEarlierRun(out: string): ReadonlySet<string> {
  try {
    if (!namesIn(out).includes(indexFile)) return new Set();
    const { volumes } = JSON.parse(readFileSync(join(out, indexFile), 'utf8')) as { volumes: readonly { readonly file: string }[] };
    return new Set([indexFile, ...volumes.flatMap(({ file }) => [file, file.replace(/\.nii\.gz$/, '.json')])]);
  } catch {
    return new Set();
  }
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
