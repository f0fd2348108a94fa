import { describe, expect, it } from 'vitest';
import { her2Status } from './her2.js';
import type { Her2Class, IhcScore, IshResult } from './her2.js';

describe('HER-2 class', () => {
  // All IHC scores against ISH negative, positive, not done.
  it.each<[IhcScore | undefined, Her2Class, Her2Class, Her2Class]>([
    ['0', 'zero', 'positive', 'zero'],
    ['1+', 'low', 'positive', 'low'],
    ['2+', 'low', 'positive', 'indeterminate'],
    ['3+', 'positive', 'positive', 'positive'],
    [undefined, 'indeterminate', 'positive', 'indeterminate'],
  ])('of IHC %s is %s, %s, %s', (ihc, negative, positive, notDone) => {
    expect(her2Status(ihc, 'negative').status).toBe(negative);
    expect(her2Status(ihc, 'positive').status).toBe(positive);
    expect(her2Status(ihc, undefined).status).toBe(notDone);
  });

  it('marks where IHC and ISH contradict each other', () => {
    const marked = (['0', '1+', '2+', '3+'] as const).flatMap((ihc) =>
      (['negative', 'positive', undefined] as (IshResult | undefined)[]).flatMap((ish) =>
        her2Status(ihc, ish).discordant ? [`${ihc} ${ish}`] : [],
      ),
    );
    expect(marked).toEqual(['0 positive', '1+ positive', '3+ negative']);
  });
});
