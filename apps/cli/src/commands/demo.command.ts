import type { Terminal } from '../terminal.js';
export async function demo(_t: Terminal, _o: object): Promise<number> {
  return 0;
}
