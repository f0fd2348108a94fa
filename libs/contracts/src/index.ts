export { answerMessage, approvalMessage, chunkMessage, downMessage, heartbeatMessage, helloMessage, protocolMessage, runClosedMessage, taskMessage, upMessage, wireVersion } from './messages.js';
export type { AnswerMessage, ApprovalMessage, DownMessage, HeartbeatMessage, PayloadRef, TaskMessage, UpMessage } from './messages.js';
