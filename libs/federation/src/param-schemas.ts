import { Frozen } from '@cohortium/kernel';
import { z } from 'zod';
import type { ZodType } from 'zod';

/** Schema of a vector of finite doubles. */
export const vectorSchema = z.instanceof(Float64Array);

/** Schema of a frozen part whose content follows `inner`. The instance is kept, so that its hash stays the key of memos. */
export function frozenSchema<T>(inner: ZodType<T>): ZodType<Frozen<T>> {
  return z.custom<Frozen<T>>((value) => value instanceof Frozen && inner.safeParse(value.value).success, 'not a frozen part of this form');
}
