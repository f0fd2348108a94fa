import { statfsSync } from 'node:fs';
import { isAppError } from '@cohortium/kernel';
import type { Terminal } from '../terminal.js';
import { freePort } from '../processes/ports.js';
import { runToEnd } from '../processes/run-to-end.js';
import { minimalEnvironment } from '../processes/child-spec.js';
import { makeWorkFolder, workParent } from '../processes/work-folder.js';
import { findNatsServer } from '../servers/nats-binary.js';
import { findPostgres, postgresUser, reachablePostgres } from '../servers/postgres-binaries.js';
import { reasonOf } from '../outputs/files.js';
import { extractorSha256 } from '@cohortium/intake';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that was looked at. */
export interface Finding {
  readonly check: 'node' | 'nats' | 'postgres' | 'ports' | 'disk' | 'language' | 'extractor';
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

const neededNode = [20, 19] as const;
/** The demo itself needs about 300 MB; the rest is for comfort. */
const neededDiskGb = 1;

/** `cohortium doctor`: what the demo needs of this machine, each with a fix. Exit code 5 when something is missing. */
export async function doctor(terminal: Terminal): Promise<number> {
  const checks = [checkNode, checkNats, checkPostgres, checkPorts, checkDisk, checkLanguage, checkExtractor];
  const findings: Finding[] = [];
  for (const check of checks) {
    const finding = await check(terminal);
    findings.push(finding);
    const mark = terminal.t(finding.state === 'ok' ? 'doctorOk' : finding.state === 'warn' ? 'doctorWarn' : 'doctorFail');
    terminal.data(`[${mark}] ${finding.text}`);
    if (finding.fix !== undefined) terminal.data(`    ${terminal.t('doctorFixLabel', { fix: finding.fix })}`);
  }
  const fine = findings.every(({ state }) => state !== 'fail');
  terminal.data(terminal.t(fine ? 'doctorAllFine' : 'doctorNotFine'));
  terminal.jsonObject({ schemaVersion: 1, fine, findings });
  return fine ? 0 : 5;
}

async function checkNode({ t }: Terminal): Promise<Finding> {
  const version = process.versions.node;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fine = major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1]);
  return {
    check: 'node',
    state: fine ? 'ok' : 'fail',
    text: t('doctorNode', { version }),
    ...(fine ? {} : { fix: t('doctorNodeFix', { needed: neededNode.join('.') }) }),
  };
}

async function checkNats({ t }: Terminal): Promise<Finding> {
  try {
    return { check: 'nats', state: 'ok', text: t('doctorNats', { ...(await findNatsServer()) }) };
  } catch (error) {
    return { check: 'nats', state: 'fail', text: t('doctorNatsNone', { reason: shownReason(error) }), fix: t('doctorNatsFix') };
  }
}

async function checkPostgres({ t }: Terminal): Promise<Finding> {
  if (process.env['DATABASE_URL']) return { check: 'postgres', state: 'ok', text: t('doctorDatabaseUrl') };
  const work = makeWorkFolder();
  try {
    const user = postgresUser();
    const copies = join(work.path, 'programs');
    const { postgres } = reachablePostgres(findPostgres(), user, copies);
    chmodSync(work.path, 0o711);
    const { code, stdout, stderr } = await runToEnd(postgres, ['--version'], { env: minimalEnvironment('/'), cwd: '/', ...user });
    if (code !== 0) throw new Error(stderr.trim().split('\n')[0]);
    return { check: 'postgres', state: 'ok', text: t('doctorPostgres', { version: stdout.trim() }) };
  } catch (error) {
    return { check: 'postgres', state: 'fail', text: t('doctorPostgresNone', { reason: shownReason(error) }), fix: t('doctorPostgresFix') };
  } finally {
    work.remove();
  }
}

async function checkPorts({ t }: Terminal): Promise<Finding> {
  try {
    await freePort();
    return { check: 'ports', state: 'ok', text: t('doctorPort') };
  } catch (error) {
    return { check: 'ports', state: 'fail', text: t('doctorPortNone', { reason: reasonOf(error) }), fix: t('doctorPortFix') };
  }
}

async function checkDisk({ t }: Terminal): Promise<Finding> {
  const path = workParent();
  const { bavail, bsize } = statfsSync(path);
  const freeGb = (bavail * bsize) / 1e9;
  const text = t('doctorDisk', { path, free: freeGb.toFixed(1) });
  return freeGb >= neededDiskGb
    ? { check: 'disk', state: 'ok', text }
    : { check: 'disk', state: 'warn', text, fix: t('doctorDiskFix', { needed: neededDiskGb }) };
}

async function checkLanguage({ t }: Terminal): Promise<Finding> {
  return { check: 'language', state: 'ok', text: t('doctorLanguage') };
}

/** What a protocol that binds the extraction of features names. */
async function checkExtractor({ t }: Terminal): Promise<Finding> {
  return { check: 'extractor', state: 'ok', text: t('doctorExtractor', { digest: extractorSha256() }) };
}

function shownReason(error: unknown): string {
  return isAppError(error) ? String(error.params['reason'] ?? error.message) : reasonOf(error);
}
