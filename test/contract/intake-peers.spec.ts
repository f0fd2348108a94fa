import { IntakeTray, pullByMove, pullDicomWeb, startReceiver, echo, findSeries } from '@cohortium/intake';
import type { Receiver, ReceiverEvent, ReceiverOptions } from '@cohortium/intake';
import { parseElements } from '@cohortium/imaging';
import { findProgram, findTestOrthanc, freePort, startTestOrthanc, testSlice } from '@cohortium/testkit';
import type { TestOrthanc } from '@cohortium/testkit';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'cohortium-peers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const tools = ['storescu', 'echoscu', 'dcmcjpeg', 'dcmcjpls', 'dcmcrle', 'dcmconv'];
const absent = tools.filter((name) => findProgram(name) === undefined);
if (absent.length > 0) console.warn(`skipped: senders of DCMTK: not installed: ${absent.join(', ')} (apt-get install dcmtk)`);
const hasOrthanc = findTestOrthanc() !== undefined;
if (!hasOrthanc) console.warn('skipped: Orthanc: not installed (apt-get install orthanc orthanc-dicomweb)');

function run(name: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(findProgram(name) ?? name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
    child.once('error', (error) => resolve({ code: -1, text: error.message }));
    child.once('close', (code) => resolve({ code: code ?? -1, text }));
  });
}

const newTray = () => IntakeTray.open(join(mkdtempSync(join(scratch, 't-')), 'tray'), { nowMs: () => Date.now() });
const running: Receiver[] = [];
afterEach(async () => {
  for (const receiver of running.splice(0)) await receiver.close();
});

async function receiverOf(tray: IntakeTray, options: Partial<ReceiverOptions> = {}): Promise<{ port: number; events: ReceiverEvent[] }> {
  const events: ReceiverEvent[] = [];
  const receiver = await startReceiver({ host: '127.0.0.1', port: 0, title: 'COHORTIUM', store: (bytes, source) => tray.receive(bytes, source), onEvent: (event) => events.push(event), ...options }); // prettier-ignore
  running.push(receiver);
  return { port: receiver.port, events };
}

function pixelsOf(bytes: Uint8Array): { transferSyntax: string; pixels: Buffer } {
  const { transferSyntax, elements } = parseElements(bytes);
  return { transferSyntax, pixels: Buffer.from(elements.find(({ tag }) => tag === '7fe00010')?.value ?? []) };
}

/** An A-ASSOCIATE-RQ for verification (PS3.8, 9.3.2), byte by byte. */
function associationRequest(calling: string, called: string): Buffer {
  const item = (type: number, ...content: Buffer[]) => {
    const body = Buffer.concat(content);
    return Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 255]), body]);
  };
  const context = item(
    0x20,
    Buffer.from([1, 0, 0, 0]),
    item(0x30, Buffer.from('1.2.840.10008.1.1')),
    item(0x40, Buffer.from('1.2.840.10008.1.2')),
  );
  const user = item(0x50, item(0x51, Buffer.from([0, 0, 0x40, 0])), item(0x52, Buffer.from('2.25.1')));
  const titles = Buffer.from(`${called.padEnd(16)}${calling.padEnd(16)}`);
  const body = Buffer.concat([
    Buffer.from([0, 1, 0, 0]),
    titles,
    Buffer.alloc(32),
    item(0x10, Buffer.from('1.2.840.10008.3.1.1.1')),
    context,
    user,
  ]);
  const head = Buffer.from([1, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

describe.skipIf(absent.length > 0)('the receiver, with senders of DCMTK', () => {
  it('answers C-ECHO, and refuses a wrong title, an unknown caller and one association too many', async () => {
    const { port, events } = await receiverOf(newTray(), { callers: ['ECHOSCU', 'SLOW'], maxAssociations: 1 });
    const ask = (...args: string[]) => run('echoscu', [...args, '127.0.0.1', String(port)]);
    expect((await ask('-aec', 'COHORTIUM')).code).toBe(0);
    expect((await ask('-aec', 'OTHER')).text).toContain('Called AE Title Not Recognized');
    expect((await ask('-aet', 'STRANGER', '-aec', 'COHORTIUM')).text).toContain('Calling AE Title Not Recognized');
    const held = connect(port, '127.0.0.1', () => held.write(associationRequest('SLOW', 'COHORTIUM')));
    await new Promise((resolve) => held.once('data', resolve));
    expect((await ask('-aec', 'COHORTIUM')).text).toContain('Local Limit Exceeded');
    held.destroy();
    await expect.poll(async () => (await ask('-aec', 'COHORTIUM')).code).toBe(0);
    expect(events.filter((event) => event.kind === 'refused' && event.reason !== 'tooMany')).toEqual([{ kind: 'refused', reason: 'calledTitle' }, { kind: 'refused', reason: 'callingTitle' }]); // prettier-ignore
  });

  it('stores every transfer syntax as it was sent: pixels byte for byte, no decoding', async () => {
    const tray = newTray();
    const { port } = await receiverOf(tray);
    const plain = join(scratch, 'plain.dcm');
    writeFileSync(plain, testSlice({ sopInstanceUid: '1.2.276.8.1', gray: 700 }));
    const forms: [string, string[], string, string][] = [
      ['dcmconv', ['+ti'], '-xi', '1.2.840.10008.1.2'],
      ['dcmconv', ['+te'], '-xe', '1.2.840.10008.1.2.1'],
      ['dcmconv', ['+tb'], '-xb', '1.2.840.10008.1.2.2'],
      ['dcmconv', ['+td'], '-xd', '1.2.840.10008.1.2.1.99'],
      ['dcmcrle', [], '-xr', '1.2.840.10008.1.2.5'],
      ['dcmcjpeg', ['+e1'], '-xs', '1.2.840.10008.1.2.4.70'],
      ['dcmcjpls', [], '-xt', '1.2.840.10008.1.2.4.80'],
    ];
    for (const [tool, args, propose, syntax] of forms) {
      const file = join(scratch, `${syntax}.dcm`);
      expect((await run(tool, [...args, plain, file])).text).not.toContain('error'); // prettier-ignore
      const { code, text } = await run('storescu', ['-aec', 'COHORTIUM', propose, '127.0.0.1', String(port), file]);
      expect([code, text], syntax).toEqual([0, '']);
      const sent = pixelsOf(readFileSync(file));
      const stored = tray.entries().map(({ sha256 }) => pixelsOf(tray.read(sha256)));
      expect(sent.transferSyntax).toBe(syntax);
      // Implicit, explicit and deflated hold one content: the first that came stays.
      if (!['1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99'].includes(syntax)) expect(stored).toContainEqual(sent);
    }
    expect(new Set(tray.entries().map(({ transferSyntax }) => transferSyntax)).size).toBe(5);
    expect(tray.conflicts().map(({ kind }) => kind)).toEqual(['sameUid']);
  });

  it('refuses what is too large or no storage, with a status, and keeps serving', async () => {
    const tray = newTray();
    const { port, events } = await receiverOf(tray, { maxObjectBytes: 2000 });
    const [large, small] = [join(scratch, 'large.dcm'), join(scratch, 'small.dcm')];
    const more = { '00204000': ['LT', 'x'.repeat(4000)] } as const;
    writeFileSync(large, testSlice({ sopInstanceUid: '1.2.276.8.2', more }));
    writeFileSync(small, testSlice({ sopInstanceUid: '1.2.276.8.3' }));
    const send = (file: string) => run('storescu', ['-aec', 'COHORTIUM', '127.0.0.1', String(port), file]);
    expect((await send(large)).code).not.toBe(0);
    expect((await send(small)).code).toBe(0);
    expect(events.flatMap((event) => (event.kind === 'object' ? event.outcome : []))).toEqual(['tooLarge', 'stored']);
    expect(tray.entries().map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.276.8.3']);
  });

  it('answers with a failure when the disk is full, so that the sender sends again', async () => {
    let isFull = true;
    const tray = newTray();
    const store: ReceiverOptions['store'] = (bytes, source) => {
      if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return tray.receive(bytes, source);
    };
    const { port, events } = await receiverOf(tray, { store });
    const file = join(scratch, 'full.dcm');
    writeFileSync(file, testSlice({ sopInstanceUid: '1.2.276.8.4' }));
    const send = () => run('storescu', ['-aec', 'COHORTIUM', '127.0.0.1', String(port), file]);
    expect((await send()).code).not.toBe(0);
    isFull = false;
    expect((await send()).code).toBe(0);
    expect(events.filter(({ kind }) => kind === 'object')).toEqual([{ kind: 'object', outcome: 'failed', reason: 'ENOSPC' }, { kind: 'object', outcome: 'stored' }]); // prettier-ignore
  });

  it('drops a peer whose PDU claims gigabytes, and one that talks something else', async () => {
    const { port, events } = await receiverOf(newTray());
    const talk = (bytes: Buffer) =>
      new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
        socket.once('close', () => resolve());
        socket.once('error', () => resolve());
      });
    await talk(Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff, 0, 1, 2, 3]));
    await talk(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(events.filter(({ kind }) => kind === 'refused')).toContainEqual({
      kind: 'refused',
      reason: 'protocol',
    });
    await echo({ host: '127.0.0.1', port, title: 'COHORTIUM', callingTitle: 'US' });
  });

  it('tells what stands against a connection: nobody there, a wrong title', async () => {
    const { port } = await receiverOf(newTray());
    const peer = { host: '127.0.0.1', port, title: 'OTHER', callingTitle: 'US' };
    await expect(echo(peer)).rejects.toMatchObject({ code: 'INTAKE.PEER_REFUSED' });
    await expect(echo({ ...peer, port: await freePort() })).rejects.toMatchObject({ code: 'INTAKE.PEER_UNREACHABLE' });
  });
});

describe.skipIf(!hasOrthanc)('archives: a real Orthanc', () => {
  const studies = ['1.2.276.7.1', '1.2.276.7.2'];
  const sent = studies.flatMap((imagingStudyUid, study) =>
    [1, 2].flatMap((series) =>
      Array.from({ length: 6 }, (_, at) => ({
        patientId: `HOSP-${study}`,
        imagingStudyUid,
        seriesUid: `${imagingStudyUid}.${series}`,
        sopInstanceUid: `${imagingStudyUid}.${series}.${at + 1}`,
        instanceNumber: at + 1,
        zMm: 3 * at,
        gray: 100 * study + 10 * series + at,
      })),
    ),
  );
  let orthanc: TestOrthanc;
  let movePort: number;
  beforeAll(async () => {
    movePort = await freePort();
    orthanc = await startTestOrthanc([{ title: 'COHORTIUM', port: movePort }]);
    for (const slice of sent) await orthanc.put(testSlice(slice));
  });
  afterAll(async () => orthanc?.stop());

  const web = () => ({ url: orthanc.dicomWebUrl, authorization: orthanc.authorization, maxObjectBytes: 2 ** 20 });
  const pacs = () => ({ host: '127.0.0.1', port: orthanc.dicomPort, title: orthanc.title, callingTitle: 'COHORTIUM' });

  it('is pulled over DICOMweb: everything once, pixels as they were put, complete and without conflicts', async () => {
    const tray = newTray();
    const pulled = await pullDicomWeb(web(), { imagingStudyUid: studies[0] as string }, tray);
    expect(pulled).toMatchObject({ tally: { stored: 12, known: 0, rejected: {} }, series: 2, named: 12, missing: 0 });
    for (const entry of tray.entries()) {
      const original = testSlice(sent.find(({ sopInstanceUid }) => sopInstanceUid === entry.sopInstanceUid) as (typeof sent)[number]);
      expect(pixelsOf(tray.read(entry.sha256))).toEqual(pixelsOf(original));
    }
    expect(tray.conflicts()).toEqual([]);
    expect(await pullDicomWeb(web(), { patientId: 'HOSP-0' }, tray)).toMatchObject({ tally: { stored: 0, known: 12 }, missing: 0 });
  });

  it('goes on after a pull that broke off: only what is missing is fetched', async () => {
    const tray = newTray();
    for (const slice of sent.slice(0, 4)) tray.receive(testSlice(slice), { way: 'folder', push: 'before' });
    expect(await pullDicomWeb(web(), { imagingStudyUid: studies[0] as string }, tray)).toMatchObject({
      tally: { stored: 8, known: 4 },
      missing: 0,
    });
    expect(tray.entries().filter(({ way }) => way === 'dicomweb')).toHaveLength(8);
  });

  it('refuses a wrong password, and finding nothing is said', async () => {
    await expect(pullDicomWeb({ ...web(), authorization: 'Basic eDp5' }, { patientId: 'HOSP-0' }, newTray())).rejects.toMatchObject({ code: 'INTAKE.PEER_REFUSED' }); // prettier-ignore
    await expect(pullDicomWeb(web(), { patientId: 'NOBODY' }, newTray())).rejects.toMatchObject({ code: 'INTAKE.NOTHING_FOUND' });
    await expect(pullDicomWeb({ ...web(), url: `http://127.0.0.1:${await freePort()}` }, { patientId: 'X' }, newTray())).rejects.toMatchObject({ code: 'INTAKE.PEER_UNREACHABLE' }); // prettier-ignore
  });

  it('is asked by C-FIND and sends by C-MOVE to our receiver', async () => {
    const tray = newTray();
    await receiverOf(tray, { port: movePort, callers: ['ORTHANC'], way: 'move' });
    await echo(pacs());
    const found = await findSeries(pacs(), { patientId: 'HOSP-1' });
    expect(found.map(({ seriesUid, sopInstanceUids }) => [seriesUid, sopInstanceUids.length]).sort()).toEqual([['1.2.276.7.2.1', 6], ['1.2.276.7.2.2', 6]]); // prettier-ignore
    expect(await pullByMove(pacs(), { patientId: 'HOSP-1' }, 'COHORTIUM', tray)).toEqual({ series: 2, named: 12, missing: 0 });
    const entries = tray.entries();
    expect(new Set(entries.map(({ way }) => way))).toEqual(new Set(['move']));
    for (const entry of entries) {
      const original = testSlice(sent.find(({ sopInstanceUid }) => sopInstanceUid === entry.sopInstanceUid) as (typeof sent)[number]);
      expect(pixelsOf(tray.read(entry.sha256)).pixels).toEqual(pixelsOf(original).pixels);
    }
    // The same images over the other way are known: another wrapping, the same content.
    expect(await pullDicomWeb(web(), { patientId: 'HOSP-1' }, tray)).toMatchObject({ tally: { stored: 0, known: 12 } });
  });

  it('says so where the archive does not know the receiver', async () => {
    await expect(pullByMove(pacs(), { patientId: 'HOSP-1' }, 'UNKNOWN', newTray())).rejects.toMatchObject({ code: 'INTAKE.PEER_REFUSED' });
  });
});
