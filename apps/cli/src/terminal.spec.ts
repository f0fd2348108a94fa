import { languages } from '@cohortium/kernel';
import { describe, expect, it } from 'vitest';
import { Progress } from './demo/progress.js';
import type { RunView } from './demo/run-view.js';
import { messages } from './messages.js';
import { countEgress, egressTable, egressTotals } from './outputs/egress-table.js';
import { Terminal, displayWidth, table } from './terminal.js';

/** A stream that remembers. */
function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 60, write: (text: string) => written.push(text) };
}

function terminal(isTTY: boolean, json = false, env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [stream(isTTY), stream(isTTY)];
  return { terminal: new Terminal('en', json, stdout, stderr, env), stdout, stderr };
}

describe('terminal', () => {
  it('keeps data and words apart, and stdout for one object in JSON mode', () => {
    const person = terminal(false);
    person.terminal.say('words');
    person.terminal.data('data');
    person.terminal.jsonObject({ a: 1 });
    expect([person.stdout.written, person.stderr.written]).toEqual([['data\n'], ['words\n']]);
    const program = terminal(false, true);
    program.terminal.data('data');
    program.terminal.jsonObject({ a: 1 });
    expect(program.stdout.written).toEqual(['{"a":1}\n']);
  });

  it('has a status line on a terminal only, cut to its width, and no color where NO_COLOR is set', () => {
    const live = terminal(true);
    live.terminal.status('x'.repeat(100));
    live.terminal.say('done');
    expect(displayWidth((live.stderr.written[0] as string).replace('\r\x1b[2K', ''))).toBeLessThan(60);
    expect(live.stderr.written.slice(1)).toEqual(['\r\x1b[2K', 'done\n']);
    const file = terminal(false);
    file.terminal.status('x');
    expect(file.stderr.written).toEqual([]);
    expect(live.terminal.strong('a')).toBe('\x1b[1ma\x1b[22m');
    expect(terminal(true, false, { NO_COLOR: '1' }).terminal.strong('a')).toBe('a');
  });

  it('aligns Chinese, whose characters take two columns', () => {
    expect(displayWidth('中心 a')).toBe(6);
    expect(
      table(
        ['中心', 'n'],
        [
          ['H1', '5'],
          ['H22', '15'],
        ],
        [1],
      ),
    ).toBe('中心   n\nH1     5\nH22   15');
  });

  it('formats every message in both languages', () => {
    for (const language of languages) {
      const { t } = new Terminal(language, false, stream(false), stream(false));
      for (const [key, pattern] of Object.entries(messages[language])) {
        const params = Object.fromEntries([...pattern.matchAll(/\{(\w+)/g)].map(([, name]) => [name as string, 2]));
        expect(t(key as keyof typeof messages.en, params).trim()).not.toBe('');
      }
    }
  });
});

describe('progress', () => {
  const view = (round: number, awaiting: RunView['awaiting']): RunView => ({
    run: 'r',
    state: 'running',
    step: 'models',
    round,
    awaiting,
    error: null,
  });

  it('says which round waits for which sites, and why', () => {
    let nowMs = 0;
    const { terminal: words, stderr } = terminal(false);
    const progress = new Progress(words, () => nowMs);
    progress.happened({ type: 'stepBegins', step: 'models' });
    progress.happened({ type: 'roundOpened', round: 12, operation: 'statistics.logistic-gradient@1', sites: ['S1', 'S2', 'S3'] });
    progress.happened({ type: 'siteAnswered', round: 12, site: 'S1' });
    progress.viewed(view(12, []));
    nowMs = 10_000;
    progress.viewed(
      view(12, [
        { site: 'S2', heartbeatAgeMs: 1200, siteState: 'computing' },
        { site: 'S3', heartbeatAgeMs: 45_000, siteState: 'idle' },
      ]),
    );
    expect(stderr.written).toEqual([
      'Step: models\n',
      'Round 12, statistics.logistic-gradient@1. Waiting for 2 sites: S2 (computing, heartbeat 1 s ago), S3 (offline, heartbeat 45 s ago).\n',
    ]);
  });

  it('has words for a site that was never heard, and for a round in which all have answered', () => {
    let nowMs = 0;
    const { terminal: words, stderr } = terminal(false);
    const progress = new Progress(words, () => nowMs);
    progress.happened({ type: 'roundOpened', round: 1, operation: 'statistics.eligibility@1', sites: ['S1'] });
    nowMs = 10_000;
    progress.viewed(view(1, [{ site: 'S1', heartbeatAgeMs: null, siteState: null }]));
    progress.happened({ type: 'siteAnswered', round: 1, site: 'S1' });
    nowMs = 20_000;
    progress.viewed(view(1, []));
    expect(stderr.written).toEqual([
      'Round 1, statistics.eligibility@1. Waiting for 1 site: S1 (not heard from, no heartbeat yet).\n',
      'Round 1, statistics.eligibility@1. All sites have answered.\n',
    ]);
  });
});

describe('what left each site', () => {
  it('adds up messages and puts equal sites into one block', () => {
    const entries = [
      { site: 'S1', message: 'gram@1', count: 1, bytes: 100 },
      { site: 'S2', message: 'gram@1', count: 1, bytes: 100 },
      { site: 'S1', message: 'heartbeat', count: 3, bytes: 300 },
      { site: 'S2', message: 'heartbeat', count: 2, bytes: 200 },
      { site: 'S1', message: 'gram@1', count: 1, bytes: 100 },
      { site: 'X', message: 'heartbeat', count: 1, bytes: 9 },
    ];
    const counts = countEgress(entries);
    expect(egressTotals(counts)).toEqual([
      { site: 'S1', messages: 5, bytes: 500 },
      { site: 'S2', messages: 3, bytes: 300 },
      { site: 'X', messages: 1, bytes: 9 },
    ]);
    const text = egressTable(counts, new Terminal('en', false).t);
    expect(text).toContain('S1, S2 (each)');
    expect(text).toMatch(/gram@1 +1 - 2 +100 - 200/);
    expect(text).toMatch(/\nX\nmessage/);
  });
});
