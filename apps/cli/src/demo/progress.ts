import type { MessageKey } from '../messages.js';
import type { Terminal } from '../terminal.js';
import { stepWords } from '../step-words.js';
import type { AwaitedSite, RunEvent, RunListener, RunView, SiteDecision } from './run-view.js';

/** Elsewhere than on a terminal, a round that takes longer than this is told of, and again after as long. */
const longRoundMs = 10_000;
/** A site not heard from for this long is called offline; heartbeats come every few seconds. */
const offlineMs = 30_000;

const stateWords: Readonly<Record<NonNullable<AwaitedSite['siteState']>, MessageKey>> = {
  idle: 'stateIdle',
  computing: 'stateComputing',
  sending: 'stateSending',
  blocked: 'stateBlocked',
};

/** Tells a person how a run goes: which round, which sites are awaited, and why. */
export class Progress implements RunListener {
  private round = { number: 0, operation: '', missing: new Set<string>(), toldAtMs: Date.now() };

  private awaited: ReadonlyMap<string, AwaitedSite> = new Map();

  constructor(
    private readonly terminal: Terminal,
    private readonly nowMs: () => number = Date.now,
  ) {}

  started(run: string): void {
    this.terminal.say(this.terminal.t('runStarted', { run }));
  }

  decided({ site, decision, reason }: SiteDecision): void {
    const { t } = this.terminal;
    const words =
      decision === 'approved'
        ? t('decisionApproved')
        : decision === 'refused'
          ? t('decisionRefused', { reason: reason ?? '-' })
          : t('decisionWaiting');
    this.terminal.say(t('approvalLine', { site, decision: words }));
  }

  happened(event: RunEvent): void {
    if (event.type === 'stepBegins') this.terminal.say(this.terminal.t('stepBegins', { step: this.terminal.t(stepWords[event.step]) }));
    if (event.type === 'roundOpened') {
      this.round = { number: event.round, operation: event.operation, missing: new Set(event.sites), toldAtMs: this.nowMs() };
      this.awaited = new Map();
      this.terminal.status(this.roundLine());
    }
    if (event.type === 'siteAnswered' && event.round === this.round.number) {
      this.round.missing.delete(event.site);
      this.terminal.status(this.roundLine());
    }
  }

  viewed(view: RunView): void {
    if (view.state !== 'running' || this.round.number === 0) return;
    this.awaited = new Map(view.awaiting.map((awaited) => [awaited.site, awaited]));
    const line = this.roundLine();
    if (this.terminal.live) this.terminal.status(line);
    else if (this.nowMs() - this.round.toldAtMs >= longRoundMs) {
      this.round.toldAtMs = this.nowMs();
      this.terminal.say(line);
    }
  }

  private roundLine(): string {
    const { t } = this.terminal;
    const { number: round, operation, missing } = this.round;
    if (missing.size === 0) return t('roundSumming', { round, operation });
    const sites = [...missing].sort().map((site) => this.siteWords(site, this.awaited.get(site)));
    return t('roundWaiting', { round, operation, count: missing.size, sites: sites.join(', ') });
  }

  private siteWords(site: string, awaited: AwaitedSite | undefined): string {
    if (awaited === undefined) return site;
    const { t } = this.terminal;
    const { heartbeatAgeMs: age, siteState } = awaited;
    const state = age === null || siteState === null ? 'stateUnknown' : age > offlineMs ? 'stateOffline' : stateWords[siteState];
    const heartbeat = age === null ? t('heartbeatNone') : t('heartbeatAge', { seconds: Math.round(age / 1000) });
    return t('waitingSite', { site, state: t(state), heartbeat });
  }
}
