import { catalogue } from '@cohortium/analysis';
import type { ExtractionProblem } from '@cohortium/analysis';
import { wireVersion } from '@cohortium/contracts';
import type { ApprovalMessage, DownMessage } from '@cohortium/contracts';
import { operationName } from '@cohortium/federation';
import type { Gate } from '@cohortium/federation';
import { AppError, canonicalJson, hashJson } from '@cohortium/kernel';
import type { SiteAnswerRepository, SiteOutboxRepository, SiteProtocolRecord, SiteProtocolRepository } from '@cohortium/persistence';
import { createGate } from '@cohortium/privacy';
import type { Released } from '@cohortium/privacy';
import { checkProtocol, protocolHash as hashOfProtocol, protocolSchema } from '@cohortium/protocol';
import type { Protocol } from '@cohortium/protocol';
import { eligibilityQuery } from '@cohortium/statistics';
import type { Computer } from '../compute/computer.js';
import type { SiteConfig } from '../config.js';
import { approvalMessage } from '../egress/outgoing.js';
import type { OutgoingMessage } from '../egress/outgoing.js';
import type { Relay } from '../egress/relay.js';
import { siteErrors } from '../errors.js';
import type { SiteLog } from '../log.js';
import { errorFields } from '../own-errors.js';
import type { SiteStatus } from '../status.js';
import type { Approvals } from './approvals.js';
import { applyPolicy } from './policy.js';
import type { PolicyFile } from './policy-file.js';

type TechnicalReason = 'beyondPolicy' | 'unknownOperation' | 'cohortMismatch' | ExtractionProblem;
type ProtocolMessage = Extract<DownMessage, { type: 'protocol' }>;
type Verdict = Pick<ApprovalMessage, 'decision' | 'reason'> & { readonly snapshot: string | null };

/** A protocol under which this site answers. */
export interface ApprovedProtocol {
  readonly protocol: Protocol;
  readonly protocolJson: string;
  /** SHA-256 of the cohort that was read at approval. */
  readonly snapshot: string;
  readonly gate: Gate<Released>;
}

/** The operation that says whether a site is large enough; it opens no label and needs no locked model. */
export const eligibilityOperation = operationName(eligibilityQuery);

/** What the review works with. */
export interface ReviewParts {
  readonly protocols: SiteProtocolRepository;
  readonly answers: SiteAnswerRepository;
  readonly outbox: SiteOutboxRepository;
  readonly relay: Relay;
  readonly computer: Computer;
  readonly policyFile: PolicyFile;
  readonly approvals: Approvals;
  /** What noise is drawn from. */
  readonly noiseSecret: Uint8Array;
  readonly status: Pick<SiteStatus, 'setReviewing'>;
  readonly log: SiteLog;
}

/** Decides on protocols by the operator's policy, and remembers what was decided. */
export class Review {
  private readonly approved = new Map<string, ApprovedProtocol>();
  /** What {@link approved} rests on. */
  private basisOfApproved: string | undefined;

  constructor(
    private readonly config: Pick<SiteConfig, 'site'>,
    private readonly deps: ReviewParts,
  ) {}

  /**
   * Decides on an offered protocol and answers. Offered again, a protocol whose decision stands gets the stored answer again, the same
   * bytes, unless that one is still on its way.
   */
  async offered(message: ProtocolMessage): Promise<void> {
    if (hashOfProtocol(message.protocol) !== message.protocolHash) {
      this.deps.log.warn({ event: 'protocol-hash-differs', protocolHash: message.protocolHash });
      return;
    }
    this.deps.status.setReviewing(true);
    try {
      const record = await this.decide(message.protocolHash, message.study, message.protocol);
      const told = await this.tell(record);
      if (told === 'before') await this.deps.relay.again(answerOf(this.config.site, record).row.messageId);
    } finally {
      this.deps.status.setReviewing(false);
    }
  }

  /** Decides again on every protocol whose decision rests on another policy, and tells what is not told yet. */
  async reviewAll(): Promise<void> {
    const policyHash = await this.basis();
    for (const earlier of await this.deps.protocols.list()) {
      const stands = earlier.policyHash === policyHash;
      // A crash between a decision and its message is mended here: what was told is not told again.
      await this.tell(
        stands ? earlier : await this.decide(earlier.protocolHash, earlier.study, protocolSchema.parse(JSON.parse(earlier.protocolJson))),
      );
    }
  }

  /**
   * The protocol of a task, if this site has approved it.
   * @throws `SITE.COHORT_CHANGED` and the errors of reading the cohort, when it is not as it was at approval
   */
  async findApproved(protocolHash: string): Promise<ApprovedProtocol | undefined> {
    const known = await this.stillApproved(protocolHash);
    if (known === undefined) return undefined;
    // Answered from memory unless the computation thread had to start again.
    const { snapshot, extractionProblem } = await this.deps.computer.load(protocolHash, known.protocolJson);
    if (extractionProblem !== undefined) throw siteErrors.error('SITE.COHORT_CHANGED');
    return snapshot === known.snapshot ? known : this.freezeAgain(protocolHash, known, snapshot);
  }

  /** Decides anew before any answer once the policy or a signed file has changed: a revocation acts with the next message. */
  private async stillApproved(protocolHash: string): Promise<ApprovedProtocol | undefined> {
    const basis = await this.basis();
    if (this.basisOfApproved !== basis) this.approved.clear();
    this.basisOfApproved = basis;
    return this.approved.get(protocolHash) ?? (await this.loadApproved(protocolHash, basis));
  }

  /** Before anything has left, a mended cohort may take the place of the one that was approved; afterwards not. */
  private async freezeAgain(protocolHash: string, known: ApprovedProtocol, snapshot: string): Promise<ApprovedProtocol> {
    const record = await this.deps.protocols.find(protocolHash);
    if (record === undefined || (await this.deps.answers.hasReleased(protocolHash))) throw siteErrors.error('SITE.COHORT_CHANGED');
    await this.deps.protocols.save({ ...record, snapshot });
    this.deps.log.warn({ event: 'cohort-frozen-again', protocolHash });
    const approved = { ...known, snapshot };
    this.approved.set(protocolHash, approved);
    return approved;
  }

  private async loadApproved(protocolHash: string, basis: string): Promise<ApprovedProtocol | undefined> {
    let record = await this.deps.protocols.find(protocolHash);
    if (record !== undefined && record.policyHash !== basis) {
      record = await this.decide(protocolHash, record.study, protocolSchema.parse(JSON.parse(record.protocolJson)));
      await this.tell(record);
    }
    if (record?.decision !== 'approved' || record.snapshot === null) return undefined;
    const protocol = protocolSchema.parse(JSON.parse(record.protocolJson));
    const approved = {
      protocol,
      protocolJson: record.protocolJson,
      snapshot: record.snapshot,
      gate: createGate({ protocol, site: this.config.site, noiseSecret: this.deps.noiseSecret, sumsAreMasked: true }),
    };
    this.approved.set(protocolHash, approved);
    return approved;
  }

  private async decide(protocolHash: string, study: string, protocol: Protocol): Promise<SiteProtocolRecord> {
    const { policy } = await this.deps.policyFile.read();
    const policyHash = await this.basis();
    const earlier = await this.deps.protocols.find(protocolHash);
    if (earlier?.policyHash === policyHash && earlier.decision === 'approved') return earlier;
    const protocolJson = canonicalJson(protocol);
    // Once something has left, answers under this protocol come from that cohort or not at all.
    const frozen = earlier?.snapshot != null && (await this.deps.answers.hasReleased(protocolHash)) ? earlier.snapshot : null;
    const technical = await this.technicalVerdict(protocolHash, protocol, protocolJson, frozen);
    const verdict =
      technical.decision === 'approved'
        ? {
            ...technical,
            ...(await this.signed(study, protocolHash, earlier, applyPolicy(policy, protocol, protocolHash, eligibilityOperation))),
          }
        : technical;
    const record = {
      protocolHash,
      study,
      protocolJson,
      policyHash,
      // The same decision again is the same decision: its message has been stored.
      decidedAt: earlier?.decision === verdict.decision && earlier.reason === verdict.reason ? earlier.decidedAt : new Date(),
      ...verdict,
      snapshot: frozen ?? verdict.snapshot,
    };
    await this.deps.protocols.save(record);
    this.approved.delete(protocolHash);
    this.deps.log.info({ event: 'protocol-decided', protocolHash, study, decision: record.decision, reason: record.reason });
    return record;
  }

  /** What decisions rest on: the policy, and the signatures where it asks for them. */
  async basis(): Promise<string> {
    const { policy, policyHash } = await this.deps.policyFile.read();
    return policy.signatures === 'required' ? hashJson({ policyHash, approvals: await this.deps.approvals.hash() }) : policyHash;
  }

  /** The policy's verdict, if coordinator, own PI and own board have signed this very version. A revocation is for good. */
  private async signed(
    study: string,
    protocolHash: string,
    earlier: SiteProtocolRecord | undefined,
    verdict: Pick<ApprovalMessage, 'decision' | 'reason'>,
  ): Promise<Pick<ApprovalMessage, 'decision' | 'reason'>> {
    if (earlier?.reason === 'revoked') return { decision: 'refused', reason: 'revoked' };
    if ((await this.deps.policyFile.read()).policy.signatures === 'notRequired') return verdict;
    const standing = await this.deps.approvals.standing(study);
    if (standing.state === 'revoked' && standing.protocolHash === protocolHash) return { decision: 'refused', reason: 'revoked' };
    if (standing.state === 'approved' && standing.protocolHash === protocolHash) return verdict;
    return verdict.decision === 'refused' ? verdict : { decision: 'waiting', reason: 'waitingForSignatures' };
  }

  /** What speaks against a protocol whatever the operator wishes; `approved` means nothing does. */
  private async technicalVerdict(protocolHash: string, protocol: Protocol, protocolJson: string, frozen: string | null): Promise<Verdict> {
    const { site } = this.config;
    try {
      checkProtocol(protocol);
      createGate({ protocol, site });
    } catch (error) {
      return this.refusal('beyondPolicy', protocolHash, error);
    }
    const unknown = protocol.clauses.flatMap((clause) => clause.operations.filter((name) => catalogue.get(name)?.kind !== clause.kind));
    if (unknown.length > 0) return this.refusal('unknownOperation', protocolHash, unknown[0]);
    if (![...(protocol.sites.training ?? []), ...protocol.sites.external].includes(site))
      return this.refusal('cohortMismatch', protocolHash, 'site-not-listed');
    try {
      this.deps.computer.reload(protocolHash);
      const { snapshot, extractionProblem } = await this.deps.computer.load(protocolHash, protocolJson);
      if (extractionProblem !== undefined) return this.refusal(extractionProblem, protocolHash, 'extraction');
      if (frozen !== null && frozen !== snapshot) throw siteErrors.error('SITE.COHORT_CHANGED');
      return { decision: 'approved', reason: 'withinPolicy', snapshot };
    } catch (error) {
      // A thread that died, or a disk in trouble, says nothing about the cohort: the offer is handled again.
      if (!(error instanceof AppError) || error.code === 'SITE.COMPUTE_FAILED') throw error;
      return this.refusal('cohortMismatch', protocolHash, error);
    }
  }

  private refusal(reason: TechnicalReason, protocolHash: string, because: unknown): Verdict {
    this.deps.log.warn({
      event: 'protocol-refused',
      protocolHash,
      reason,
      ...(typeof because === 'string' ? { because } : errorFields(because)),
    });
    return { decision: 'refused', reason, snapshot: null };
  }

  /** Stores and sends the message of a decision; does nothing when it was stored before. */
  private async tell(record: SiteProtocolRecord): Promise<'now' | 'before'> {
    const { row, frame } = answerOf(this.config.site, record);
    const stored = await this.deps.outbox.add([row]);
    this.deps.relay.send(stored.map((message) => ({ message, frame })));
    return stored.length > 0 ? 'now' : 'before';
  }
}

function answerOf(site: string, { study, protocolHash, decision, reason, decidedAt }: SiteProtocolRecord): OutgoingMessage {
  const told = { protocolHash, decision, reason: reason as ApprovalMessage['reason'] };
  return approvalMessage({ v: wireVersion, study, site, type: 'approval', ...told }, decidedAt);
}
