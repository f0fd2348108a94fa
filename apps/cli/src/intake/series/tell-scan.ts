import type { GateFinding, ParameterSpan, ScannerRow } from '@cohortium/imaging';
import { table } from '../../terminal.js';
import type { Terminal } from '../../terminal.js';
import { seriesWords } from './messages.js';
import type { SeriesWords } from './messages.js';
import { problemText } from './problem-text.js';
import type { FolderScan, ScannedSeries } from './scan-folder.js';
import type { AssessedStudy } from './scan.command.js';

/** Shows a scan to people: studies and series on stdout, what is wrong on stderr. */
export function tellScan(terminal: Terminal, scan: FolderScan, studies: readonly AssessedStudy[], matrix: readonly ScannerRow[]): void {
  const words = seriesWords(terminal.language);
  const { files, dicomFiles: dicom, passedOver, participants } = scan;
  const series = scan.studies.reduce((sum, study) => sum + study.series.length, 0);
  terminal.say(words('summary', { files, dicom, passedOver, participants, studies: studies.length, series }));
  if (scan.unreadableFolders > 0) terminal.say(words('unreadableFolders', { count: scan.unreadableFolders }));
  for (const assessed of studies) tellStudy(terminal, words, assessed);
  tellScanners(terminal, words, matrix);
  tellProblems(terminal, words, scan);
  tellVerdicts(terminal, words, studies);
}

function tellStudy(terminal: Terminal, words: SeriesWords, { study, passports }: AssessedStudy): void {
  terminal.data(`\n${words('studyTitle', { ordinal: study.ordinal, participant: study.participant })}`);
  const columns = ['series', 'role', 'confidence', 'description', 'images', 'volumes', 'grid', 'content', 'decided'] as const;
  const header = [...columns.map((column) => words(`${column}Column`)), ...(passports ? [words('verdictColumn')] : [])];
  const rows = study.series.map((series, at) => [...seriesRow(words, series), ...(passports ? [passports.series[at]?.verdict ?? ''] : [])]);
  if (rows.length > 0) terminal.data(table(header, rows, [0, 2, 4, 5]));
  const others = Object.entries(study.others).map(([modality, count]) => `${count} ${modality}`);
  if (others.length > 0) terminal.data(words('others', { list: others.join(', ') }));
}

function seriesRow(words: SeriesWords, { ordinal, facts, assignment }: ScannedSeries): string[] {
  const geometry = facts.volumes.find((volume) => volume.geometry !== undefined)?.geometry;
  const short = (value: number) => String(Number(value.toFixed(3)));
  const grid = geometry === undefined ? '-' : `${geometry.dimensions.join('x')}, ${geometry.spacingMm.map(short).join('x')} mm`;
  const decided = assignment.correction ? words('corrected') : assignment.evidence.map(({ tag, value }) => `${tag} ${value}`).slice(0, 2).join('; '); // prettier-ignore
  return [
    `${ordinal}`,
    assignment.role,
    `${Math.round(100 * assignment.confidence)} %`,
    facts.seriesDescription ?? '',
    `${facts.images}`,
    `${facts.volumes.filter(({ problem }) => problem === undefined).length}/${facts.volumes.length}`,
    grid,
    content(words, facts),
    decided,
  ];
}

function content(words: SeriesWords, { bValues, phases, volumes }: ScannedSeries['facts']): string {
  if (bValues.some(({ value }) => value > 0))
    return `b ${bValues.map(({ value, volumes: count }) => (count > 1 ? `${value} (${count})` : `${value}`)).join(', ')}`;
  if (phases < 2) return '';
  const starts = Array.from({ length: phases }, (_, at) => volumes.find(({ phase }) => phase === at + 1)?.startSeconds);
  const times = starts.map((start) => (start === undefined ? '?' : String(Number(start.toFixed(1)))));
  return words('phasesAt', {
    count: phases,
    times: times.length > 8 ? `${times.slice(0, 3).join(', ')} ... ${times.at(-1)}` : times.join(', '),
  });
}

function tellScanners(terminal: Terminal, words: SeriesWords, matrix: readonly ScannerRow[]): void {
  if (matrix.length === 0) return;
  terminal.data(`\n${words('scannersTitle')}`);
  const columns = ['maker', 'model', 'field', 'role', 'seriesCount', 'tr', 'te', 'thickness'] as const;
  const rows = matrix.map((row) => [
    row.manufacturer ?? '-',
    row.model ?? '-',
    row.fieldStrengthTesla === null ? '-' : `${row.fieldStrengthTesla}`,
    row.role,
    `${row.series}`,
    span(row.repetitionTimeMs),
    span(row.echoTimeMs),
    span(row.sliceThicknessMm),
  ]);
  const header = columns.map((column) => words(`${column}Column`));
  terminal.data(table(header, rows, [2, 4]));
}

function span(range: ParameterSpan | null): string {
  const short = (value: number) => String(Number(value.toFixed(2)));
  if (range === null) return '-';
  return range.least === range.most ? short(range.least) : `${short(range.least)}-${short(range.most)}`;
}

function tellProblems(terminal: Terminal, words: SeriesWords, { studies, problems }: FolderScan): void {
  for (const { ordinal, facts } of studies.flatMap(({ series }) => series))
    for (const { ordinal: volume, problem } of facts.volumes)
      if (problem) terminal.say(words('volumeProblem', { series: ordinal, volume, message: problemText(problem, terminal.language) }));
  if (problems.length > 0) terminal.say(words('problemsTitle'));
  for (const problem of problems)
    terminal.say(`  ${words('problemLine', { file: problem.file, message: problemText(problem, terminal.language) })}`);
}

function tellVerdicts(terminal: Terminal, words: SeriesWords, studies: readonly AssessedStudy[]): void {
  const assessed = studies.flatMap(({ study, passports }) => (passports ? [{ study, passports }] : []));
  if (assessed.length === 0) return;
  const counts = { pass: 0, warn: 0, refuse: 0 };
  terminal.say(words('findingsTitle'));
  for (const { study, passports } of assessed) {
    study.series.forEach(({ ordinal }, at) => {
      const passport = passports.series[at];
      if (passport === undefined) return;
      counts[passport.verdict]++;
      for (const finding of passport.findings) if (finding.verdict !== 'pass') terminal.say(`  ${findingLine(words, ordinal, finding)}`);
    });
    for (const { verdict, role, value } of passports.study.findings)
      if (verdict !== 'pass')
        terminal.say(`  ${words('studyFinding', { study: study.ordinal, verdict, role, value: value === null ? 'none' : `${value}` })}`);
  }
  terminal.say(words('verdictAll', { passed: counts.pass, warned: counts.warn, refused: counts.refuse }));
}

function findingLine(words: SeriesWords, series: number, { role, verdict, rule, value, tag, allowed }: GateFinding): string {
  return words('findingLine', { series, role, verdict, rule, tag, allowed, value: value === null ? words('noValue') : `${value}` });
}
