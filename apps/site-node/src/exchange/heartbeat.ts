import { encodeMessage, subjects, wireVersion } from '@cohortium/contracts';
import type { BrokerLink } from '@cohortium/transport';
import { heartbeatLine } from '../egress/transcript.js';
import type { Transcript } from '../egress/transcript.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import type { SiteStatus } from '../status.js';

const everyMs = 2000;
const toldEveryMs = 60_000;

/** What the signs of life work with. */
export interface HeartbeatParts {
  readonly site: string;
  readonly link: BrokerLink;
  readonly status: SiteStatus;
  readonly transcript: Transcript;
  readonly log: SiteLog;
}

/** Signs of life: what the site is doing, every two seconds. Nobody keeps them; the transcript tells of them once a minute. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  private bytes = 0;
  private toldAtMs = Date.now();

  constructor(private readonly parts: HeartbeatParts) {}

  /** Begins; the first one leaves at once. */
  start(): void {
    this.beat();
    this.timer = setInterval(() => this.beat(), everyMs);
  }

  /** Ends, and tells of those not yet told. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.tell();
  }

  private beat(): void {
    const { site, link, status } = this.parts;
    if (!link.isConnected()) return;
    const nowMs = Date.now();
    const message = encodeMessage({ v: wireVersion, site, type: 'heartbeat', ...status.now(), sentAt: nowMs });
    link.publishVolatile(subjects.heartbeat(site), message);
    this.count++;
    this.bytes += message.length;
    if (nowMs - this.toldAtMs >= toldEveryMs) void this.tell();
  }

  private async tell(): Promise<void> {
    const line = heartbeatLine(subjects.heartbeat(this.parts.site), this.count, this.bytes, new Date());
    if (this.count === 0) return;
    this.count = 0;
    this.bytes = 0;
    this.toldAtMs = Date.now();
    await this.parts.transcript
      .append([line])
      .catch((error: unknown) => this.parts.log.warn({ event: 'transcript-failed', ...errorFields(error) }));
  }
}
