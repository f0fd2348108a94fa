import type { Results } from '@cohortium/analysis';
import type { MessageKey } from '../messages.js';

/** Title of each section that shows facts, by its anchor. */
export const factSections = {
  checklists: 'checklists.title',
  egress: 'egress.title',
  external: 'external.title',
  harmonization: 'harmonization.title',
  limits: 'limits.title',
  lock: 'lock.title',
  loso: 'loso.title',
  methods: 'methods.title',
  missing: 'missing.title',
  models: 'models.title',
  participants: 'participants.title',
  reproducibility: 'repro.title',
  'sample-size': 'sampleSize.title',
} as const satisfies Readonly<Record<string, MessageKey>>;

/** Anchor of a section that shows facts. */
export type FactSection = keyof typeof factSections;

/** How far a fact is there. */
export type FactState = 'reported' | 'partly' | 'notReported' | 'notApplicable';

/** A fact of a results file, and the section that shows it. */
export interface Fact {
  readonly state: FactState;
  /** Anchor of the section; undefined where there is none. */
  readonly section?: FactSection;
}

type Science = Results['science'];
type FactOf = (science: Science) => Fact;

const shown = (section: FactSection, state: FactState = 'reported'): Fact => ({ state, section });
const absent: Fact = { state: 'notReported' };
const when = (holds: boolean, section: FactSection): Fact => (holds ? shown(section) : absent);

const hasClinical = ({ models }: Science) =>
  models.some(({ terms }) => terms.some(({ feature, coefficient }) => feature.startsWith('clinical:') && coefficient !== 0));
const external = ({ external: { sites } }: Science) => sites.length;
const losoDone = ({ leaveOneSiteOut }: Science) => leaveOneSiteOut.state === 'ok';

function evaluations({ external: outside, leaveOneSiteOut }: Science) {
  return [outside.evaluation, ...(leaveOneSiteOut.state === 'ok' ? [leaveOneSiteOut.value.evaluation] : [])];
}
const anyEvaluation = (science: Science) => evaluations(science).some(({ sites, pooled }) => sites.state === 'ok' || pooled.state === 'ok');
const anyCalibration = (science: Science) =>
  anyEvaluation(science) ||
  science.external.sites.some(({ performance }) =>
    Object.values(performance).some(({ calibrationSlope }) => calibrationSlope.state === 'ok'),
  );
const anyMeta = (science: Science) =>
  evaluations(science).some(
    ({ meta }) => meta.state === 'ok' && Object.values(meta.value).some((list) => list.some(({ sites }) => sites.length >= 2)),
  );

/** One fact answers many items: what the results of a run hold, by the name that items use. */
const facts: Readonly<Record<string, FactOf>> = {
  protocol: () => shown('methods'),
  sites: () => shown('participants'),
  multicenter: ({ trainingSites }) => when(trainingSites.length > 1, 'participants'),
  flow: ({ flow }) => (flow.state === 'ok' ? shown('participants') : shown('participants', 'partly')),
  characteristics: ({ characteristics }) => (characteristics.state === 'ok' ? shown('participants') : absent),
  preparation: () => shown('methods'),
  harmonization: ({ harmonization }) => when(harmonization.method !== 'none', 'harmonization'),
  predictors: () => shown('models', 'partly'),
  missing: () => shown('missing'),
  split: () => shown('methods'),
  building: () => shown('models'),
  model: () => shown('models'),
  sparse: ({ models }) =>
    when(
      models.some(({ alpha }) => alpha > 0),
      'models',
    ),
  software: () => shown('reproducibility', 'partly'),
  lock: () => shown('lock'),
  threshold: () => shown('lock'),
  cuts: (science) => (anyEvaluation(science) ? shown('external') : external(science) > 0 ? shown('external', 'partly') : absent),
  performance: (science) => (external(science) > 0 ? shown('external') : losoDone(science) ? shown('loso', 'partly') : absent),
  curves: (science) => (anyEvaluation(science) ? shown(external(science) > 0 ? 'external' : 'loso') : absent),
  calibration: (science) => when(anyCalibration(science), external(science) > 0 ? 'external' : 'loso'),
  decision: (science) => when(anyEvaluation(science), external(science) > 0 ? 'external' : 'loso'),
  updating: (science) =>
    when(
      evaluations(science).some(({ sites }) => sites.state === 'ok'),
      external(science) > 0 ? 'external' : 'loso',
    ),
  heterogeneity: (science) => (anyMeta(science) ? shown('loso') : losoDone(science) ? shown('loso', 'partly') : absent),
  internal: (science) => when(losoDone(science), 'loso'),
  external: (science) => when(external(science) > 0, 'external'),
  comparisons: (science) =>
    when(
      evaluations(science).some(({ comparisons }) => comparisons.state === 'ok' && comparisons.value.length > 0),
      'loso',
    ),
  clinicalModel: (science) => when(hasClinical(science), 'models'),
  severalFeatureSets: ({ models }) =>
    when(
      new Set(models.map(({ terms }) => terms.filter(({ coefficient }) => coefficient !== 0).length)).size > 1 && models.length > 1,
      'models',
    ),
  sampleSize: () => shown('sample-size'),
  egress: () => shown('egress'),
  limits: () => shown('limits'),
  checklists: () => shown('checklists'),
  institutes: (science) => when(external(science) > 0, 'external'),
  resampledDiscrimination: (science) => when(losoDone(science), 'loso'),
  resampledCalibration: (science) => when(losoDone(science) && anyCalibration(science), 'loso'),
  notApplicable: () => ({ state: 'notApplicable' }),
};

/** The fact of a name; one that no results file holds is not reported. */
export function factOf(name: string | undefined, science: Science): Fact {
  return name === undefined ? absent : (facts[name]?.(science) ?? absent);
}

/** Points of a radiomics quality score item; those of items that no fact answers are the lowest of their range. */
export function rqsPoints(item: string, science: Science): number | undefined {
  const reported = (name: string) => factOf(name, science).state === 'reported';
  const sites = external(science);
  const points: Readonly<Record<string, () => number>> = {
    '5': () => (reported('sparse') ? 3 : -3),
    '6': () => Number(reported('clinicalModel')),
    '8': () => Number(reported('cuts')),
    '9': () => Number(sites > 0 || losoDone(science)) + Number(losoDone(science)),
    '10': () => Number(reported('calibration')) + Number(reported('resampledCalibration')),
    '12': () => (sites >= 3 ? 5 : sites === 2 ? 4 : sites === 1 ? 3 : losoDone(science) ? 2 : -5),
    '14': () => (reported('decision') ? 2 : 0),
  };
  return points[item]?.();
}
