import type { TaskMessage } from '@cohortium/contracts';
import type { SiteAnswerRepository } from '@cohortium/persistence';
import { Released } from '@cohortium/privacy';
import type { Released as ReleasedType } from '@cohortium/privacy';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Publisher } from './publisher.js';
import type { Relay } from './relay.js';

// Never reached: the refusal comes before anything is stored or sent.
const publisher = new Publisher({} as SiteAnswerRepository, {} as Relay);
const task = {} as TaskMessage;
const draft = { releaseKey: '' as never, participantCount: 20 };
const sameShape = { clauseId: 'means', operation: 'test.mean@1', sha256: '', bytes: Uint8Array.of(1, 2, 3) };

describe('the publisher', () => {
  it('takes released content by type, and nothing of the same shape', () => {
    expectTypeOf(publisher.publishAnswer).parameter(0).toEqualTypeOf<ReleasedType>();
    expectTypeOf(publisher.restore).parameter(0).toEqualTypeOf<ReleasedType>();
    expectTypeOf<Uint8Array>().not.toExtend<ReleasedType>();
    expectTypeOf<Float64Array>().not.toExtend<ReleasedType>();
    expectTypeOf<typeof sameShape>().not.toExtend<ReleasedType>();
  });

  it('does not compile with raw statistics, and refuses them at run time too', async () => {
    const refused = { code: 'PRIVACY.FORGED_RELEASE' };
    // @ts-expect-error raw bytes are not released content
    await expect(publisher.publishAnswer(Uint8Array.of(1, 2, 3), task, draft)).rejects.toMatchObject(refused);
    // @ts-expect-error an object of the same shape is not released content
    await expect(publisher.publishAnswer(sameShape, task, draft)).rejects.toMatchObject(refused);
    await expect(publisher.publishAnswer(Object.create(Released.prototype) as Released, task, draft)).rejects.toMatchObject(refused);
    // @ts-expect-error its constructor is private
    expect(() => new Released(Symbol('guess'), sameShape)).toThrow();
  });
});
