import { inflateSync } from 'node:zlib';

/** What a PDF says about itself. */
export interface PdfFacts {
  readonly pages: number;
  readonly title: string;
  readonly isTagged: boolean;
  /** Language of the document. */
  readonly language: string | undefined;
  /** Characters that its text can be copied as. */
  readonly characters: ReadonlySet<string>;
}

/** Reads a PDF as Chromium writes it: objects in the open, streams deflated. */
export function pdfFacts(bytes: Uint8Array): PdfFacts {
  const text = Buffer.from(bytes).toString('latin1');
  const hexTitle = /\/Title <FEFF([0-9A-F]+)>/i.exec(text)?.[1];
  const title = hexTitle === undefined ? (/\/Title \(([^)]*)\)/.exec(text)?.[1] ?? '') : utf16(hexTitle);
  const characters = new Set<string>();
  for (const map of streams(text)) addMap(characters, map);
  return {
    pages: [...text.matchAll(/\/Type \/Page\b/g)].length,
    title,
    isTagged: /\/MarkInfo <<\/Type \/MarkInfo\s+\/Marked true>>|\/Marked true/.test(text),
    language: /\/Lang \(([^)]*)\)/.exec(text)?.[1],
    characters,
  };
}

/** Adds what the codes of a font stand for: single ones, and runs of neighbors. */
function addMap(characters: Set<string>, map: string): void {
  for (const [, lines] of map.matchAll(/beginbfchar\n([^]*?)endbfchar/g))
    for (const [, hex] of (lines as string).matchAll(/<\w+> <(\w+)>/g))
      for (const character of utf16(hex as string)) characters.add(character);
  for (const [, lines] of map.matchAll(/beginbfrange\n([^]*?)endbfrange/g))
    for (const [, from, to, hex] of (lines as string).matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      const first = utf16(hex as string).codePointAt(0) as number;
      const count = Number.parseInt(to as string, 16) - Number.parseInt(from as string, 16);
      for (let k = 0; k <= count; k++) characters.add(String.fromCodePoint(first + k));
    }
}

function utf16(hex: string): string {
  return Buffer.from(hex, 'hex').swap16().toString('utf16le');
}

function streams(text: string): string[] {
  return [...text.matchAll(/\/FlateDecode[^>]*>>\s*stream\r?\n/g)].flatMap(({ index, 0: head }) => {
    const start = index + head.length;
    try {
      return [inflateSync(Buffer.from(text.slice(start, text.indexOf('endstream', start)), 'latin1')).toString('latin1')];
    } catch {
      return [];
    }
  });
}
