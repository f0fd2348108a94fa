import { encodeMessage, subjects, wireVersion } from '@cohortium/contracts';
import type { MaskingReplyMessage, MaskingRequestMessage, MaskingSaid } from '@cohortium/contracts';
import { canonicalJson, sha256 } from '@cohortium/kernel';
import type { OutgoingMessage } from '../egress/outgoing.js';

/** Names the reply to a leg: there is one, sent again as often as it is asked for. */
export function replyId({ run, batch, round, asked }: MaskingRequestMessage, leg: MaskingSaid['leg']): string {
  return `${run}.m.${batch}.${round}.${asked.leg}${leg === 'refused' ? '.refused' : ''}`;
}

/** A reply as it goes into the outbox. */
export function replyMessage(request: MaskingRequestMessage, said: MaskingSaid): OutgoingMessage {
  const { study, site, run, batch, round, protocolHash, scope } = request;
  const header: MaskingReplyMessage = { v: wireVersion, study, site, type: 'maskingReply', run, batch, round, protocolHash, scope, said };
  const frame = encodeMessage(header);
  const id = replyId(request, said.leg);
  const row = {
    messageId: id,
    answerId: id,
    subject: subjects.up(study, site),
    type: header.type,
    header: canonicalJson(header),
    releaseKey: null,
    bodyFrom: 0,
    bodyBytes: 0,
    frameBytes: frame.length,
    frameSha256: sha256(frame),
    run,
    round: round === 0 ? null : round,
    operation: null,
    clauseId: null,
    attempt: 1,
  };
  return { row, frame };
}
