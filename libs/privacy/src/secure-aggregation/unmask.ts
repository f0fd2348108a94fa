import type { Sha256, SiteId } from '@cohortium/kernel';
import { sitesOf, thresholdOf } from './scope.js';
import { fromHex, hex } from './encoding.js';
import { secureAggregationErrors } from './errors.js';
import type { MaskPlace, RosterRule, SumBinding } from './pairwise-mask.js';
import type { RosterKeys, SiteSigner } from './ports.js';
import { keysOf, spend } from './site-machine.js';
import type { SiteBatch, SiteKeySet } from './site-machine.js';
import { refusalOf, replyBytes, survivorBytes, survivorsHash, unmaskHash } from './statements.js';
import type { MaskedStatement, RevealedShare, SurvivorSignature, UnmaskReply, UnmaskRequest } from './statements.js';

/** That a site has revealed shares of a sum. Written durably before they leave; one per (run, round, vector), for ever. */
export interface UnmaskRecord {
  readonly run: string;
  readonly round: number;
  readonly vectorId: string;
  readonly attempt: number;
  readonly batch: number;
  readonly set: number;
  /** Which survivors and which dropped; see `unmaskHash`. */
  readonly request: Sha256;
  /** Hash of the survivor set and its frames. */
  readonly survivors: Sha256;
  readonly survivorCount: number;
}

/** What a site knows and holds when it is asked to agree or to reveal. */
export interface UnmaskParts {
  readonly roster: RosterKeys;
  readonly signer: SiteSigner;
  /** What the site's own catalogue says of the operation; the request must say the same. */
  readonly rule: RosterRule;
}

/**
 * Signs who survived, for operations that open over partial rosters: once per key set. The new state must be durable before the signature leaves.
 * @throws `SECAGG.UNMASK_REFUSED`
 */
export function agreeOnSurvivors(
  state: SiteBatch,
  set: SiteKeySet,
  request: Pick<UnmaskRequest, 'sum' | 'statements' | 'dropped'>,
  { roster, signer, rule }: UnmaskParts,
): { readonly set: SiteKeySet; readonly signature: SurvivorSignature } {
  const refuse = refusing(request.sum);
  if (rule !== 'partial') throw refuse('fullScopeNeedsNoAgreement');
  const place = placeIn(state, set, request.sum);
  const reason = refusalOf(place, request, rule, roster) ?? ownReason(state, set, request.statements);
  if (reason !== null || set.phase !== 'masked') throw refuse(reason ?? 'nothingMasked');
  const survivors = survivorsHash(place, request.statements);
  if (set.agreed !== null && set.agreed !== survivors) throw refuse('otherSurvivorsAgreed');
  const signature = hex(signer.sign(survivorBytes(survivors)));
  return { set: { ...set, agreed: survivors }, signature: { site: state.site, signature } };
}

/**
 * Reveals this site's shares of a sum: of the selfMask seeds of survivors, of the mask keys of dropped sites, never both of one site. Store `record`,
 * `set` (from which all secrets are gone) and `reply` as one, durably, before the reply leaves; a request with the same `unmaskHash` gets the
 * stored reply without coming here.
 * @param earlier the record of this round's vector, in whatever attempt
 * @throws `SECAGG.UNMASK_REFUSED`; nothing is revealed then
 */
export function unmask(
  state: SiteBatch,
  set: SiteKeySet,
  request: UnmaskRequest,
  { roster, signer, rule }: UnmaskParts,
  earlier: UnmaskRecord | undefined,
): { readonly set: SiteKeySet; readonly record: UnmaskRecord; readonly reply: UnmaskReply } {
  const refuse = refusing(request.sum);
  if (earlier !== undefined) throw refuse('alreadyUnmasked');
  const place = placeIn(state, set, request.sum);
  const reason = refusalOf(place, request, rule, roster) ?? ownReason(state, set, request.statements);
  if (reason !== null || set.phase !== 'masked') throw refuse(reason ?? 'nothingMasked');
  const survivors = survivorsHash(place, request.statements);
  if (rule === 'partial') {
    if (set.agreed !== survivors) throw refuse('otherSurvivorsAgreed');
    if (!enoughAgree(state, survivors, request, roster)) throw refuse('tooFewAgree');
  }
  const shares: RevealedShare[] = sitesOf(state.batch.scope).map((of) => {
    const secret = request.dropped.includes(of) ? 'maskKey' : 'seed';
    const held = set.held[of];
    if (held === undefined) throw refuse('shareNotHeld');
    return { of, secret, share: held[secret] };
  });
  const asked = unmaskHash(place, request);
  const signature = hex(signer.sign(replyBytes(asked, state.site, shares)));
  const { round, vectorId, attempt } = request.sum;
  const { run, batch } = state.batch;
  const record: UnmaskRecord = {
    run,
    round,
    vectorId,
    attempt,
    batch,
    set: set.set,
    request: asked,
    survivors,
    survivorCount: request.statements.length,
  };
  return { set: spend(set), record, reply: { site: state.site, shares, signature } };
}

/** At least `threshold` survivors, each once, have signed this very set. */
function enoughAgree(state: SiteBatch, survivors: Sha256, request: UnmaskRequest, roster: RosterKeys): boolean {
  const eligible = new Set(request.statements.map(({ site }) => site));
  const agreed = new Set<SiteId>();
  for (const { site, signature } of request.agreements) {
    const bytes = fromHex(signature, 64);
    if (!eligible.has(site) || bytes === undefined || !roster.verify(site, survivorBytes(survivors), bytes)) return false;
    agreed.add(site);
  }
  return agreed.size >= thresholdOf(state.batch.scope.members.length);
}

/** Why the request is not about what this site masked, or null. */
function ownReason({ site }: SiteBatch, set: SiteKeySet, statements: readonly MaskedStatement[]): string | null {
  if (set.phase !== 'masked') return set.phase === 'spent' ? 'alreadyUnmasked' : 'nothingMasked';
  const own = statements.find((statement) => statement.site === site);
  if (own === undefined) return 'notASurvivor';
  return own.frameSha256 === set.frameSha256 ? null : 'notOurFrame';
}

/** The sum as this site masked it. What the request says of the sum must be the same in every field, or signatures do not fit. */
function placeIn(state: SiteBatch, set: SiteKeySet, asked: SumBinding): MaskPlace {
  const sum = set.phase === 'masked' ? set.sum : asked;
  const { round, attempt, requestHash, vectorId } = asked;
  const same = set.set === asked.set && sum.round === round && sum.attempt === attempt && sum.requestHash === requestHash;
  if (!same || sum.vectorId !== vectorId) throw refusing(asked)('anotherSum');
  return { batch: state.batch, keys: keysOf(state), sum };
}

function refusing({ round }: SumBinding): (reason: string) => Error {
  return (reason) => secureAggregationErrors.error('SECAGG.UNMASK_REFUSED', { round, reason });
}
