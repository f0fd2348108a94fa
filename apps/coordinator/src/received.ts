import type { Decoded, UpMessage } from '@cohortium/contracts';
import { decodeUpMessage } from '@cohortium/contracts';
import { sha256 } from '@cohortium/kernel';
import type { ReceivedMessage } from '@cohortium/persistence';
import type { MessageContext } from '@cohortium/transport';

/** A message of a site with the bytes it came in. */
export interface Received<Header extends UpMessage = UpMessage> extends Decoded<Header> {
  readonly header: Header;
  readonly frame: Uint8Array;
}

/** Reads a message and keeps its bytes for the transcript. */
export function decodeReceived(frame: Uint8Array): Received {
  return { ...decodeUpMessage(frame), frame };
}

/** The line of the transcript for a message. */
export function transcriptLine(message: Received, context: MessageContext): ReceivedMessage {
  const { header, frame } = message;
  const answer = header.type === 'answer' ? header : undefined;
  return {
    streamSequence: String(context.delivery?.sequence ?? 0),
    site: header.site,
    study: header.study,
    type: header.type,
    run: answer?.run ?? null,
    round: answer?.round ?? null,
    operation: answer?.operation ?? null,
    payloadSha256: header.type === 'chunk' ? header.sha256 : (answer?.payload.sha256 ?? null),
    byteCount: frame.length,
    sha256: sha256(frame),
    receivedAt: new Date(),
  };
}
