import { ed25519Signer, ed25519Verifier } from '@cohortium/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafHash } from '../merkle/hash.js';
import { MerkleTree } from '../merkle/merkle-tree.js';
import { consistencyProof } from '../merkle/proofs.js';
import { checkpointText, logKey, parseCheckpoint, parseCheckpointText, signCheckpoint } from './checkpoint.js';
import { cosign, cosignedAt, quorumOf, witnessKey, withCosignatures } from './cosignature.js';
import { formatKey, parseKey } from './keys.js';
import { formatNote, isSignedBy, parseNote, signNote } from './note.js';
import { judgeCheckpoint } from './witness.js';

/** The published example of golang.org/x/mod/sumdb/note: note_test.go. */
const peter = {
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  secret: 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  line: '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};
const peterNote = `${peter.text}\n${peter.line}`;
const signer = (seed: number): ReturnType<typeof ed25519Signer> => ed25519Signer(new Uint8Array(32).fill(seed));

describe('signed notes', () => {
  it('read and write the published example byte for byte', () => {
    const key = parseKey(peter.key);
    expect(formatKey(key)).toBe(peter.key);
    expect(isSignedBy(parseNote(peterNote), key)).toBe(true);
    const secret = Buffer.from(peter.secret, 'base64').subarray(1);
    expect(formatNote(signNote(peter.text, 'PeterNeumann', ed25519Signer(secret)))).toBe(peterNote);
  });

  it('refuse every cut and every changed character of the published key', () => {
    const line = peter.key;
    for (let i = 0; i <= line.length; i++)
      for (let j = i + 1; j <= line.length; j++)
        if (j - i < line.length) expect(() => parseKey(line.slice(i, j))).toThrow('LEDGER.BAD_KEY');
    for (let i = 0; i < line.length; i++) {
      const changed = line.slice(0, i) + String.fromCharCode(line.charCodeAt(i) + 1) + line.slice(i + 1);
      expect(() => parseKey(changed)).toThrow('LEDGER.BAD_KEY');
    }
    // The published bad keys: wrong length, and an unknown algorithm, each under the id that would fit.
    expect(() => parseKey('PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==')).toThrow('LEDGER.BAD_KEY');
    expect(() => parseKey('PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toThrow('LEDGER.BAD_KEY');
  });

  it('are no notes with any single character changed, or no longer signed', () => {
    const key = parseKey(peter.key);
    for (let i = 0; i < peterNote.length; i++) {
      const changed = peterNote.slice(0, i) + String.fromCharCode(peterNote.charCodeAt(i) ^ 1) + peterNote.slice(i + 1);
      let isSigned = false;
      try {
        isSigned = isSignedBy(parseNote(changed), key);
      } catch {
        // Refused for its form.
      }
      expect(isSigned).toBe(false);
    }
  });

  it.each([
    ['no signature', peter.text],
    ['no newline at the end', peterNote.slice(0, -1)],
    ['a control character', peterNote.replace('you', 'y\u0007u')],
    ['a carriage return', peterNote.replaceAll('\n', '\r\n')],
    ['a hyphen for the dash', peterNote.replace('\u2014', '-')],
    ['a name with a plus sign', peterNote.replace('PeterNeumann', 'Peter+Neumann')],
    ['two spaces', peterNote.replace('PeterNeumann ', 'PeterNeumann  ')],
    ['another form of base64', peterNote.replace('JnAM=', 'JnAN=')],
    ['a signature without bytes', `${peter.text}\n\u2014 PeterNeumann x08gow==\n`],
    ['more signatures than anyone has', `${peter.text}\n${peter.line.repeat(129)}`],
  ])('with %s are refused', (_name, note) => {
    expect(() => parseNote(note)).toThrow('LEDGER.BAD_NOTE');
  });

  it('with a wrong signature beside a right one of the same key are not signed', () => {
    const key = parseKey(peter.key);
    const wrong = peter.line.replace('ZJku', 'ZJkv');
    expect(isSignedBy(parseNote(peterNote + peter.line), key)).toBe(true);
    expect(isSignedBy(parseNote(peterNote + wrong), key)).toBe(false);
  });

  it('take no key that is not one', () => {
    expect(ed25519Verifier.verify(new Uint8Array(31), new Uint8Array(0), new Uint8Array(64))).toBe(false);
    expect(ed25519Verifier.verify(new Uint8Array(32).fill(255), new Uint8Array(0), new Uint8Array(64))).toBe(false);
    expect(() => ed25519Signer(new Uint8Array(31))).toThrow('KERNEL.BAD_SIGNING_KEY');
  });
});

describe('checkpoints', () => {
  it('read the published example of C2SP tlog-cosignature, lines and cosignature', () => {
    const note = [
      'example.com/behind-the-sofa',
      '20852163',
      'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      '',
      '\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=',
      '\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==',
      '',
    ].join('\n');
    const checkpoint = parseCheckpoint(note);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(formatNote(checkpoint.note)).toBe(note);
    // The time of the witness, in the first eight bytes: the specification writes it as `time 1679315147`.
    expect(Buffer.from(checkpoint.note.signatures[1]?.signature ?? []).readBigUInt64BE(0)).toBe(1_679_315_147n);
  });

  it('come back as they were signed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
        const checkpoint = { origin: 'cohortium/her2/site/A', size, root };
        expect(parseCheckpointText(checkpointText(checkpoint))).toMatchObject({ origin: checkpoint.origin, size });
        const read = parseCheckpoint(signCheckpoint(checkpoint, signer(1)));
        expect([...read.root]).toEqual([...root]);
        expect(isSignedBy(read.note, logKey(checkpoint.origin, signer(1).publicKey))).toBe(true);
        expect(isSignedBy(read.note, logKey(checkpoint.origin, signer(2).publicKey))).toBe(false);
      }),
    );
  });

  const root = Buffer.alloc(32).toString('base64');
  it.each([
    ['a size with a leading zero', `a\n01\n${root}\n`],
    ['a negative size', `a\n-1\n${root}\n`],
    ['a size that no double holds', `a\n9007199254740993\n${root}\n`],
    ['a short root', `a\n1\n${Buffer.alloc(31).toString('base64')}\n`],
    ['an extension line', `a\n1\n${root}\nmore\n`],
    ['no origin', `\n1\n${root}\n`],
  ])('with %s are refused', (_name, text) => {
    expect(() => parseCheckpointText(text)).toThrow('LEDGER.BAD_NOTE');
  });
});

describe('witnesses', () => {
  const origin = 'cohortium/her2/site/A';
  const tree = MerkleTree.of(Array.from({ length: 20 }, (_, i) => leafHash(Buffer.from([i]))));
  const other = MerkleTree.of(Array.from({ length: 20 }, (_, i) => leafHash(Buffer.from([i, i === 3 ? 1 : 0]))));
  const key = logKey(origin, signer(1).publicKey);
  const at = (size: number, of = tree): string => signCheckpoint({ origin, size, root: of.root(size) }, signer(1));
  const seen = { size: 7, root: tree.root(7) };

  it('cosign what continues, with the time at which they looked', () => {
    const verdict = judgeCheckpoint(at(20), key, seen, consistencyProof(7, 20, tree.read));
    expect(verdict.accepts).toBe(true);
    const line = cosign(parseNote(at(20)), 'cohortium/her2/site/B', signer(2), 1_679_315_147);
    const note = parseNote(withCosignatures(at(20), [line]));
    const witness = witnessKey('cohortium/her2/site/B', signer(2).publicKey);
    expect(cosignedAt(note, witness)).toBe(1_679_315_147);
    expect(isSignedBy(note, key)).toBe(true);
    expect(cosignedAt(parseNote(withCosignatures(at(19), [line])), witness)).toBeUndefined();
    expect(cosignedAt(note, witnessKey('cohortium/her2/site/C', signer(2).publicKey))).toBeUndefined();
    const late = { ...line, signature: Uint8Array.from(line.signature, (byte, i) => (i === 7 ? byte ^ 1 : byte)) };
    expect(cosignedAt(parseNote(withCosignatures(at(20), [late])), witness)).toBeUndefined();
  });

  it('do not cosign a rollback, another history, or the work of another key', () => {
    expect(judgeCheckpoint(at(6), key, seen, [])).toEqual({ accepts: false, refusal: 'older' });
    expect(judgeCheckpoint(at(7, other), key, seen, [])).toEqual({ accepts: false, refusal: 'forked' });
    expect(judgeCheckpoint(at(20, other), key, seen, consistencyProof(7, 20, other.read))).toEqual({ accepts: false, refusal: 'forked' });
    const foreign = signCheckpoint({ origin, size: 20, root: tree.root() }, signer(9));
    expect(judgeCheckpoint(foreign, key, undefined, [])).toEqual({ accepts: false, refusal: 'notTheLog' });
    const elsewhere = signCheckpoint({ origin: 'cohortium/er/site/A', size: 20, root: tree.root() }, signer(1));
    expect(judgeCheckpoint(elsewhere, key, undefined, [])).toEqual({ accepts: false, refusal: 'notTheLog' });
  });

  it('add late lines in one order, once each', () => {
    const [b, c] = [2, 3].map((s) => cosign(parseNote(at(20)), `cohortium/her2/site/${s === 2 ? 'B' : 'C'}`, signer(s), 1000 + s));
    const both = withCosignatures(at(20), [b, c] as never);
    expect(withCosignatures(withCosignatures(at(20), [c] as never), [b, c] as never)).toBe(both);
    expect(parseNote(both).signatures.map(({ name }) => name)).toEqual([origin, 'cohortium/her2/site/B', 'cohortium/her2/site/C']);
  });

  it('are enough when more than half of the others agree', () => {
    expect([1, 2, 3, 4, 5, 8].map(quorumOf)).toEqual([1, 2, 2, 3, 3, 5]);
  });
});
