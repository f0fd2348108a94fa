import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Released, release } from './released.js';
import * as publicDoor from './index.js';

const here = dirname(fileURLToPath(import.meta.url));
const fields = { clauseId: 'c', operation: 'o@1', bytes: Uint8Array.of(1, 2, 3) };

describe('Released at run time', () => {
  it('cannot be constructed, called into being or imitated', () => {
    const Forged = Released as unknown as new (...args: unknown[]) => Released;
    expect(() => new Forged(Symbol('Released'), fields)).toThrow('PRIVACY.FORGED_RELEASE');
    expect(() => new Forged()).toThrow('PRIVACY.FORGED_RELEASE');
    expect(() => new (class extends Forged {})()).toThrow('PRIVACY.FORGED_RELEASE');
    const imitation = Object.create(Released.prototype) as Released;
    expect(Released.isReleased(imitation)).toBe(false);
    expect(() => imitation.bytes).toThrow(TypeError);
    expect(Released.isReleased({ ...release(fields) })).toBe(false);
    expect(Released.isReleased(release(fields))).toBe(true);
  });

  it('cannot be changed after the decision', () => {
    const source = Uint8Array.of(1, 2, 3);
    const released = release({ ...fields, bytes: source });
    source[0] = 9;
    released.bytes[1] = 9;
    expect(released.bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(() => Object.assign(released, { clauseId: 'other' })).toThrow(TypeError);
  });

  it('its factory is not behind the public door', () => {
    expect(Object.values(publicDoor)).not.toContain(release);
  });
});

/** Source snippets as they would stand beside this file, with the compiler's error codes for them. */
const snippets: Readonly<Record<string, { readonly source: string; readonly codes: readonly number[] }>> = {
  'publishing what the gate released compiles': {
    source: `declare const gate: ReturnType<typeof createGate>; declare const draft: Draft; declare const history: ReleaseHistory;
      const outcome = gate.decide(draft, history); if (outcome.state === 'released') publish(outcome.released);`,
    codes: [],
  },
  'publishing raw statistics does not compile': { source: `publish(new Float64Array(3));`, codes: [2345] },
  'publishing an object of the same shape does not compile': {
    source: `publish({ clauseId: 'c', operation: 'o@1', bytes: new Uint8Array(1), byteLength: 1, sha256: '' as never });`,
    codes: [2345],
  },
  'publishing other released content does not compile': {
    source: `declare const content: ReleasedContent; publish(content);`,
    codes: [2345],
  },
  'a copy of released content is not released': { source: `declare const one: Released; publish({ ...one });`, codes: [2345] },
  'the constructor is closed': {
    source: `new Released(Symbol(), { clauseId: 'c', operation: 'o@1', bytes: new Uint8Array(1) });`,
    codes: [2673],
  },
  'it cannot be extended': { source: `export class Forged extends Released {}`, codes: [2675] },
  'the content cannot be replaced': { source: `declare const one: Released; one.bytes = new Uint8Array(1);`, codes: [2540] },
  'the factory is not exported': { source: `import { release } from './index.js'; void release;`, codes: [2724] },
};

describe('Released in types', () => {
  const preamble = `import { createGate, Released } from './index.js';
    import type { Draft, ReleaseHistory, ReleasedContent } from '@cohortium/federation';
    export type Used = [Draft, ReleaseHistory, ReleasedContent]; void createGate; void Released;
    export function publish(released: Released): void { void released; }\n`;
  const codesOf = compile(Object.values(snippets).map(({ source }) => preamble + source));

  it.each(Object.entries(snippets).map(([name, { codes }], index) => [name, codes, index] as const))('%s', (_, codes, index) => {
    expect(codesOf[index]).toEqual(codes);
  });
});

function compile(sources: readonly string[]): number[][] {
  const config = ts.parseConfigFileTextToJson('', ts.sys.readFile(join(here, '../../../tsconfig.base.json')) ?? '').config as {
    compilerOptions: object;
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, join(here, '../../..'));
  const files = new Map(sources.map((source, index) => [join(here, `snippet-${index}.ts`), source]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => files.get(name) ?? readFile.call(host, name);
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name);
  host.getSourceFile = (name, language, ...rest) => {
    const source = files.get(name);
    return source === undefined ? getSourceFile.call(host, name, language, ...rest) : ts.createSourceFile(name, source, language);
  };
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, composite: false, declaration: false, declarationMap: false, noEmit: true },
    host,
  );
  return [...files.keys()].map((name) => program.getSemanticDiagnostics(program.getSourceFile(name)).map((diagnostic) => diagnostic.code));
}
