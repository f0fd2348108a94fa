export {
  answerMessage,
  approvalMessage,
  chunkMessage,
  downMessage,
  heartbeatMessage,
  helloMessage,
  protocolMessage,
  runClosedMessage,
  taskMessage,
  maxLeafChars,
  totalMessage,
  upMessage,
  wireVersion,
  witnessMessage,
  witnessedMessage,
} from './messages.js';
export type {
  AnswerMessage,
  ApprovalMessage,
  ChunkMessage,
  DownMessage,
  HeartbeatMessage,
  MaskingReplyMessage,
  MaskingRequestMessage,
  PayloadRef,
  TaskMessage,
  TotalMessage,
  UpMessage,
  WitnessMessage,
  WitnessedMessage,
} from './messages.js';
export type { MaskingAsked, MaskingSaid } from './masking-messages.js';
export { decodeDownMessage, decodeHeartbeat, decodeUpMessage, encodeMessage } from './codec.js';
export type { AnyMessage, Decoded } from './codec.js';
export {
  chunkBytes,
  chunkCount,
  inlineBytes,
  maxBodyBytes,
  maxHeaderBytes,
  maxMessageBytes,
  maxPayloadBytes,
  maxProtocolHeaderBytes,
} from './limits.js';
export { PayloadAssembler, chunkMessages, splitPayload } from './payload.js';
export type { ChunkFrame, SplitPayload } from './payload.js';
export { checkAddress, consumers, noStudy, parseAddress, siteInbox, sitePermissions, streams, subjects } from './subjects.js';
export type { Address, Permissions } from './subjects.js';
export { contractsErrors } from './errors.js';
