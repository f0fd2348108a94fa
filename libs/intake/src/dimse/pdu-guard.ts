import type { Socket } from 'node:net';

/** Kinds of PDU that a peer may send us (PS3.8, 9.3), with the longest length that makes sense: association requests list contexts. */
const longest: Readonly<Record<number, number>> = { 1: 2 ** 18, 2: 2 ** 18, 3: 64, 4: 2 ** 23, 5: 64, 6: 64, 7: 64 };

/**
 * Reads the stated lengths of PDUs as they pass and ends the connection when one is beyond reason, since the library would gather four
 * gigabytes for a single one.
 */
export function guardPdus(socket: Socket, onViolation: () => void): void {
  let header = Buffer.alloc(0);
  let remaining = 0;
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      if (remaining > 0) {
        const passed = Math.min(remaining, chunk.length - at);
        remaining -= passed;
        at += passed;
        continue;
      }
      const needed = Math.min(6 - header.length, chunk.length - at);
      header = Buffer.concat([header, chunk.subarray(at, at + needed)]);
      at += needed;
      if (header.length < 6) return;
      remaining = header.readUInt32BE(2);
      if (remaining > (longest[header[0] as number] ?? 0)) {
        onViolation();
        socket.destroy();
        return;
      }
      header = Buffer.alloc(0);
    }
  });
}
