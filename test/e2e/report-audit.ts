/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/** What is wrong on a page, in words; everything empty is well. */
export interface Faults {
  /** Elements that reach over the right edge, outside regions that scroll by themselves. */
  readonly overflowing: readonly string[];
  /** Figures, tables and regions without a name, and drawings without a sentence or a table. */
  readonly nameless: readonly string[];
  /** Text whose contrast is below 4.5:1 (3:1 where it is large). */
  readonly faint: readonly string[];
  /** Message keys, and places of a message that nothing was put into. */
  readonly untranslated: readonly string[];
  /** Texts cut by the drawing that holds them. */
  readonly cut: readonly string[];
}

/** Looks at what a reader of one language sees. */
export async function faultsOf(page: Page, language: 'en' | 'zh'): Promise<Faults> {
  return { ...(await faultsOfLayout(page, language)), ...(await faultsOfText(page, language)) };
}

// What runs in the browser is one function without anything from outside.

function faultsOfLayout(page: Page, language: 'en' | 'zh'): Promise<Pick<Faults, 'overflowing' | 'nameless' | 'cut'>> {
  return page.evaluate((shown) => {
    const article = document.getElementById(shown) as HTMLElement;
    const name = (element: Element) => `${element.tagName.toLowerCase()} ${(element.id || element.textContent || '').trim().slice(0, 60)}`;
    const all = (selector: string) => [...article.querySelectorAll(selector)].filter((element) => element.checkVisibility());

    const overflowing = all('*')
      .filter((element) => !element.parentElement?.closest('.scroll'))
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map(name);

    const nameless = [
      ...all('.scroll, section, nav').filter((element) => {
        const by = element.getAttribute('aria-labelledby');
        return !(by ? document.getElementById(by)?.textContent : element.getAttribute('aria-label'))?.trim();
      }),
      ...all('table').filter((element) => !element.querySelector('caption')?.textContent?.trim()),
      ...all('figure').filter((figure) => {
        const sentence = figure.querySelector('svg[role=img]')?.getAttribute('aria-label') ?? '';
        const link = figure.querySelector('a[href^="#"]')?.getAttribute('href')?.slice(1) ?? '';
        return !/[.。]$/.test(sentence) || !figure.querySelector('figcaption strong') || document.getElementById(link)?.tagName !== 'TABLE';
      }),
    ].map(name);

    const cut = all('svg.chart').flatMap((drawing) => {
      const frame = drawing.getBoundingClientRect();
      return [...drawing.querySelectorAll('text')]
        .filter((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1;
        })
        .map((text) => `${drawing.closest('figure')?.id}: ${text.textContent}`);
    });
    return { overflowing, nameless, cut };
  }, language);
}

function faultsOfText(page: Page, language: 'en' | 'zh'): Promise<Pick<Faults, 'faint' | 'untranslated'>> {
  return page.evaluate((shown) => {
    const article = document.getElementById(shown) as HTMLElement;
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: readonly number[]) => {
      const [r = 0, g = 0, b = 0] = color
        .slice(0, 3)
        .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element: Element | null): number[] => {
      for (let at = element; at; at = at.parentElement) {
        const color = channels(getComputedStyle(at).backgroundColor);
        if (color.length === 3 || (color[3] ?? 0) > 0) return color;
      }
      return [255, 255, 255];
    };
    const faint: string[] = [];
    const untranslated: string[] = [];
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement as Element;
      const text = (node.textContent ?? '').trim();
      if (text === '' || !element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const drawn = element.closest('svg');
      const front = luminance(channels(drawn ? style.fill : style.color));
      const back = luminance(drawn ? [255, 255, 255] : ground(element));
      const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(1)}: ${text.slice(0, 40)}`);
      if (/^[a-z][A-Za-z]*(\.[a-z][A-Za-z-]*)+$/.test(text) || /\{\w+[,}]/.test(text)) untranslated.push(text.slice(0, 60));
      const sentence = /\b[a-z]{2,}(?: [a-z]{2,}){3,}/.exec(text)?.[0];
      if (shown === 'zh' && sentence && !drawn) untranslated.push(sentence);
    }
    return { faint, untranslated };
  }, language);
}

/** Names of the fonts that the title is drawn with, as the browser tells. */
export async function titleFonts(page: Page, language: 'en' | 'zh'): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('DOM.enable');
  await session.send('CSS.enable');
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: `#${language} h1` });
  const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId });
  return fonts.map(({ familyName }) => familyName);
}
