import { describe, expect, it } from 'vitest';
import { checkAddress, consumers, parseAddress, siteInbox, sitePermissions, subjects } from './subjects.js';

/** Subject matching of NATS: `*` is one token, `>` is one or more at the end. */
function matches(pattern: string, subject: string): boolean {
  const want = pattern.split('.');
  const have = subject.split('.');
  return (
    want.every((token, i) => (token === '>' ? have.length > i : token === '*' ? have[i] !== undefined : token === have[i])) &&
    (want.at(-1) === '>' || want.length === have.length)
  );
}

describe('subjects', () => {
  it('name study and site', () => {
    expect(subjects.task('duke', 'H1')).toBe('fl.duke.task.H1');
    expect(subjects.up('duke', 'H1')).toBe('fl.duke.up.H1');
    expect(subjects.heartbeat('H1')).toBe('fl.hb.H1');
  });

  it.each(['*', '>', 'a.b', '', 'a b', 'x'.repeat(33), 'é'])('refuse the code "%s"', (code) => {
    expect(() => subjects.task('duke', code)).toThrow('KERNEL.BAD_CODE');
    expect(() => subjects.up(code, 'H1')).toThrow('KERNEL.BAD_CODE');
    expect(() => subjects.heartbeat(code)).toThrow('KERNEL.BAD_CODE');
    expect(() => sitePermissions(code)).toThrow('KERNEL.BAD_CODE');
    expect(() => siteInbox(code)).toThrow('KERNEL.BAD_CODE');
    expect(() => consumers.task(code)).toThrow('KERNEL.BAD_CODE');
  });

  it('are read back', () => {
    expect(parseAddress('fl.duke.task.H1')).toEqual({ direction: 'task', study: 'duke', site: 'H1' });
    for (const other of ['fl.hb.H1', 'fl.duke.task.H1.x', 'fl.duke.down.H1', 'fl.duke.up.*', 'xfl.duke.up.H1'])
      expect(parseAddress(other)).toBeUndefined();
  });

  it('hold the header to them', () => {
    expect(checkAddress({ study: 'duke', site: 'H1' }, 'fl.duke.up.H1').direction).toBe('up');
    for (const subject of ['fl.duke.up.H2', 'fl.other.up.H1', 'fl.hb.H1'])
      expect(() => checkAddress({ study: 'duke', site: 'H1' }, subject)).toThrow('CONTRACTS.WRONG_ADDRESS');
  });
});

describe('sitePermissions', () => {
  const mine = sitePermissions('H1');
  const mayPublish = (subject: string): boolean => mine.publish.some((pattern) => matches(pattern, subject));

  it('let a site do its work', () => {
    for (const subject of [subjects.up('duke', 'H1'), subjects.heartbeat('H1'), '$JS.ACK.TASK.TASK_H1.1.2.3.4.5'])
      expect(mayPublish(subject)).toBe(true);
    expect(mine.subscribe).toEqual(['_INBOX.H1.>']);
  });

  it('let it do nothing else, also where codes share a beginning', () => {
    for (const other of ['H2', 'H10', 'H1_', 'h1']) {
      for (const subject of [
        subjects.up('duke', other),
        subjects.heartbeat(other),
        `$JS.API.CONSUMER.MSG.NEXT.TASK.TASK_${other}`,
        `$JS.ACK.TASK.TASK_${other}.1.2.3.4.5`,
      ]) {
        expect(mayPublish(subject)).toBe(false);
      }
      expect(mine.subscribe.some((pattern) => matches(pattern, `${siteInbox(other)}.x`))).toBe(false);
    }
    expect(mayPublish(subjects.task('duke', 'H1'))).toBe(false);
    expect(
      [...mine.publish, ...mine.subscribe].filter(
        (pattern) => pattern.includes('CREATE') || pattern.includes('DELETE') || pattern.includes('STREAM'),
      ),
    ).toEqual([]);
  });
});
