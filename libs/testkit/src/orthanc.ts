import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';
import { patienceMs } from './patience.js';

const pluginFile = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

/** A real Orthanc with its DICOMweb plugin, on loopback, with its storage in a temporary folder. */
export interface TestOrthanc {
  readonly title: 'ORTHANC';
  readonly dicomPort: number;
  /** Root of REST, `http://127.0.0.1:port`. */
  readonly url: string;
  /** Root of DICOMweb. */
  readonly dicomWebUrl: string;
  /** Value of the Authorization header that it asks for. */
  readonly authorization: string;
  /** Puts a file into its archive. @throws Error for an answer other than 200 */
  put(file: Uint8Array): Promise<void>;
  /** Ends it and removes its storage. Safe to call twice. */
  stop(): Promise<void>;
}

/** Path of a program on the PATH or in the sbin folders; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Orthanc where it and its plugin are installed; undefined otherwise: the test skips and says so. */
export function findTestOrthanc(): string | undefined {
  return existsSync(pluginFile) ? findProgram('Orthanc') : undefined;
}

/**
 * Starts an Orthanc that knows these receivers by title, for C-MOVE.
 * @throws Error when it is not installed, or with its log when it is not ready within {@link patienceMs}
 */
export async function startTestOrthanc(receivers: readonly { readonly title: string; readonly port: number }[] = []): Promise<TestOrthanc> {
  const binary = findTestOrthanc();
  if (binary === undefined) throw new Error('no Orthanc with its DICOMweb plugin: apt-get install orthanc orthanc-dicomweb');
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-orthanc-'));
  const [httpPort, dicomPort] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'storage'));
  const config = {
    Name: 'test',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    Plugins: [pluginFile],
    HttpPort: httpPort,
    DicomPort: dicomPort,
    DicomAet: 'ORTHANC',
    DicomCheckCalledAet: true,
    DicomAlwaysAllowFind: true,
    DicomAlwaysAllowMove: true,
    DicomAlwaysAllowStore: true,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { reader: 'secret' },
    SynchronousCMove: true,
    DicomModalities: Object.fromEntries(receivers.map(({ title, port }) => [title.toLowerCase(), [title, '127.0.0.1', port]])),
    DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: true },
  };
  writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(config), { mode: 0o600 });
  const server = new Server(binary, folder, httpPort, dicomPort);
  await server.start();
  return server;
}

class Server implements TestOrthanc {
  readonly title = 'ORTHANC';
  readonly authorization = `Basic ${Buffer.from('reader:secret').toString('base64')}`;
  private child: ChildProcess | undefined;
  private readonly onExit = () => this.child?.kill('SIGKILL');

  constructor(
    private readonly binary: string,
    private readonly folder: string,
    private readonly httpPort: number,
    readonly dicomPort: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get dicomWebUrl(): string {
    return `${this.url}/dicom-web`;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.folder, 'log'), 'a');
    const child = spawn(this.binary, [join(this.folder, 'orthanc.json')], { stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    process.on('exit', this.onExit);
    for (const deadline = Date.now() + patienceMs; ; await new Promise((resolve) => setTimeout(resolve, 30))) {
      if (await this.answers()) return;
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`Orthanc did not become ready:\n${readFileSync(join(this.folder, 'log'), 'utf8')}`);
    }
  }

  async put(file: Uint8Array): Promise<void> {
    const headers = { authorization: this.authorization, 'content-type': 'application/dicom' };
    const response = await fetch(`${this.url}/instances`, { method: 'POST', headers, body: Buffer.from(file) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`Orthanc answered ${response.status}: ${text}`);
  }

  async stop(): Promise<void> {
    process.off('exit', this.onExit);
    const child = this.child;
    this.child = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/system`, { headers: { authorization: this.authorization } });
      await response.body?.cancel();
      return response.status === 200;
    } catch {
      return false;
    }
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
