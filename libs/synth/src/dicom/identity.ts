import { derivedUid } from '@cohortium/imaging';
import type { DicomRecord } from '@cohortium/imaging';
import { hashJson } from '@cohortium/kernel';
import type { ImageCohortPlan, PlannedParticipant, PlannedSite } from '../images/plan.js';

/** Whose images are written: the attributes that all objects of one examination share, and its UIDs. */
export interface Examined {
  readonly site: PlannedSite;
  readonly participant: PlannedParticipant;
  /** Attributes of patient, study, equipment and frame of reference. */
  readonly shared: DicomRecord;
  /** A UID for one thing of this examination, the same whenever it is asked for. */
  uid(...parts: readonly string[]): string;
  /** Time of day, `HHMMSS.ffffff`, some seconds into the examination. */
  timeOf(seconds: number): string;
}

/**
 * The patient and study of one participant. Cohorts of other seeds or options have other UIDs throughout. Names are obviously no person's.
 */
export function examined({ options }: ImageCohortPlan, site: PlannedSite, participant: PlannedParticipant): Examined {
  const key = hashJson(options);
  const uid = (...parts: readonly string[]) => derivedUid('cohortium synth', key, participant.id, ...parts);
  const timeOf = (seconds: number) => timeText(participant.startSeconds + seconds);
  const { scanner } = site;
  const { studyDate, ageYears } = participant;
  const shared: DicomRecord = {
    SpecificCharacterSet: 'ISO_IR 100',
    PatientName: `SYNTHETIC^${participant.id}`,
    PatientID: participant.id,
    PatientBirthDate: `${Number(studyDate.slice(0, 4)) - ageYears}0101`,
    PatientSex: 'F',
    PatientAge: `${String(ageYears).padStart(3, '0')}Y`,
    PatientComments: 'SYNTHETIC: made by a program. There is no such person.',
    StudyInstanceUID: uid('study'),
    StudyDate: studyDate,
    StudyTime: timeOf(0),
    StudyID: String(participant.index + 1),
    AccessionNumber: `SYN${String(participant.index + 1).padStart(6, '0')}`,
    ReferringPhysicianName: null,
    StudyDescription: 'MR BREAST SYNTHETIC',
    SeriesDate: studyDate,
    AcquisitionDate: studyDate,
    ContentDate: studyDate,
    InstanceCreationDate: studyDate,
    Modality: 'MR',
    Manufacturer: scanner.manufacturer,
    ManufacturerModelName: scanner.model,
    SoftwareVersions: scanner.software,
    DeviceSerialNumber: `SYN${site.index + 1}`,
    StationName: `SYNMR${site.index + 1}`,
    InstitutionName: `Synthetic hospital ${site.id}`,
    FrameOfReferenceUID: uid('frame of reference'),
    PositionReferenceIndicator: null,
    BodyPartExamined: 'BREAST',
    PatientPosition: 'HFP',
  };
  return { site, participant, shared, uid, timeOf };
}

function timeText(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const micro = Math.round((seconds - Math.floor(seconds)) * 1e6);
  return `${two(seconds / 3600)}${two((seconds / 60) % 60)}${two(seconds % 60)}.${String(micro).padStart(6, '0')}`;
}
