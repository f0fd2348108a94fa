/** Longest canonical JSON header of a protocol message, in bytes. */
export const maxProtocolHeaderBytes = 1024 * 1024;
/** Longest canonical JSON header of any other message, in bytes. */
export const maxHeaderBytes = 64 * 1024;
/** Longest body of a message, in bytes. */
export const maxBodyBytes = 900 * 1024;
/** Longest message, in bytes: length word, header and body. The broker's `max_payload` must admit it. */
export const maxMessageBytes = 4 + Math.max(maxProtocolHeaderBytes, maxHeaderBytes + maxBodyBytes);
/** Content up to this many bytes travels in the body of its message; longer content travels in chunks. */
export const inlineBytes = 256 * 1024;
/** Every chunk but the last one of its payload has this many bytes. */
export const chunkBytes = 256 * 1024;
/** Longest content that travels at all, in bytes; the clause of a study sets a lower bound. */
export const maxPayloadBytes = 1024 * 1024 * 1024;

/** Chunks that content of this many bytes travels in. Empty content is one empty chunk. */
export function chunkCount(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes));
}
