import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';

/** Schema of a vector of finite doubles. */
export const vectorSchema = z.instanceof(Float64Array);

/** Schema of a frozen part whose content follows `inner`. The instance is kept, so that its
 * hash stays the key of memos; one that was accepted before is not looked at again. */
export function frozenSchema<T>(inner: ZodType<T>): ZodType<Frozen<T>> {
  const accepted = new WeakSet<Frozen<unknown>>();
  return z.custom<Frozen<T>>((value) => {
    if (!(value instanceof Frozen)) return false;
    if (!accepted.has(value) && inner.safeParse(value.value).success) accepted.add(value);
    return accepted.has(value);
  }, 'not a frozen part of this form');
}
