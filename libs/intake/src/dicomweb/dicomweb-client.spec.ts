import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { searchSeries } from './dicomweb-client.js';

interface Archive {
  readonly instances: number;
  /** It gives no more than so many at once. */
  readonly atOnce: number;
  readonly says: '206' | 'warning' | 'nothing';
  readonly ignoresOffset?: boolean;
}

/** How many objects are found in an archive with one series, and how many pages of them were asked for. */
async function found({ instances, atOnce, says, ignoresOffset = false }: Archive): Promise<{ objects: number; pages: number }> {
  let pages = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://archive');
    const [limit, asked] = [Number(url.searchParams.get('limit')), Number(url.searchParams.get('offset'))];
    const level = url.pathname.split('/').at(-1) ?? '';
    const tag = { studies: '0020000D', series: '0020000E', instances: '00080018' }[level] ?? '';
    const all = Array.from({ length: level === 'instances' ? instances : 1 }, (_, at) => ({ [tag]: { Value: [`1.2.${at + 1}`] } }));
    const offset = ignoresOffset ? 0 : asked;
    const page = all.slice(offset, offset + Math.min(limit, atOnce));
    const more = offset + page.length < all.length;
    if (level === 'instances') pages++;
    if (more && says === 'warning') response.setHeader('warning', '299 archive "there are more"');
    response.statusCode = more && says === '206' ? 206 : 200;
    response.end(JSON.stringify(page));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [series] = await searchSeries({ url, maxObjectBytes: 1000 }, {});
    return { objects: series?.sopInstanceUids.length ?? 0, pages };
  } finally {
    server.close();
  }
}

describe('a search at an archive', () => {
  it('asks on where the archive gave fewer than asked for and says that there are more', async () => {
    expect(await found({ instances: 250, atOnce: 100, says: '206' })).toEqual({ objects: 250, pages: 3 });
    expect(await found({ instances: 250, atOnce: 100, says: 'warning' })).toEqual({ objects: 250, pages: 3 });
    expect(await found({ instances: 700, atOnce: 1000, says: 'nothing' })).toEqual({ objects: 700, pages: 2 });
  });

  it('ends where a page is empty or comes again', async () => {
    expect(await found({ instances: 500, atOnce: 1000, says: 'nothing' })).toEqual({ objects: 500, pages: 2 });
    expect(await found({ instances: 250, atOnce: 100, says: '206', ignoresOffset: true })).toEqual({ objects: 100, pages: 2 });
  });
});
