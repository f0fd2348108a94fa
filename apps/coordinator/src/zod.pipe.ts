import type { PipeTransform } from '@nestjs/common';
import type { ZodType } from 'zod';
import { coordinatorErrors } from './errors.js';

/** Parses what a request carries with a schema. @throws `COORDINATOR.BAD_REQUEST` */
export class ZodPipe<T> implements PipeTransform<unknown, T> {
  constructor(private readonly schema: ZodType<T>) {}

  transform(value: unknown): T {
    const parsed = this.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw coordinatorErrors.error('COORDINATOR.BAD_REQUEST', {
      path: issue?.path.join('.') || '(root)',
      reason: issue?.message ?? 'not valid',
    });
  }
}
