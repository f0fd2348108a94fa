import type { HeartbeatMessage } from '@cohortium/contracts';
import { Injectable } from '@nestjs/common';

/** What is known of a site from its heartbeats since this process started. */
export interface Presence {
  readonly atMs: number;
  readonly state: HeartbeatMessage['state'];
  readonly run: string | null;
  readonly round: number | null;
  /** Heartbeats and their bytes: they left the site too. */
  readonly messages: number;
  readonly bytes: number;
}

/** A site whose last heartbeat is older is silent. */
export const silentAfterMs = 30_000;

/** Heartbeats, in memory only: after a restart the next ones fill it again. */
@Injectable()
export class PresenceBoard {
  private readonly bySite = new Map<string, Presence>();

  beat(heartbeat: HeartbeatMessage, bytes: number, atMs: number): void {
    const earlier = this.bySite.get(heartbeat.site);
    const { state, run, round } = heartbeat;
    this.bySite.set(heartbeat.site, {
      atMs,
      state,
      run,
      round,
      messages: (earlier?.messages ?? 0) + 1,
      bytes: (earlier?.bytes ?? 0) + bytes,
    });
  }

  of(site: string): Presence | undefined {
    return this.bySite.get(site);
  }

  /** True while the last heartbeat of a site is fresh. */
  isOnline(site: string, nowMs: number): boolean {
    const seen = this.bySite.get(site);
    return seen !== undefined && nowMs - seen.atMs <= silentAfterMs;
  }

  /** True while a site says that it works, on whatever. */
  isWorking(site: string, nowMs: number): boolean {
    const state = this.bySite.get(site)?.state;
    return this.isOnline(site, nowMs) && (state === 'computing' || state === 'sending');
  }

  /** True while a site says that it works on this very round. */
  worksOn(site: string, run: string, round: number, nowMs: number): boolean {
    const seen = this.bySite.get(site);
    return this.isWorking(site, nowMs) && seen?.run === run && seen.round === round;
  }
}
