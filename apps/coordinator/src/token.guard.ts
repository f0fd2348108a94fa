import { SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';
import { coordinatorErrors } from './errors.js';

const openKey = Symbol('cohortium.open');

/** Marks a route that needs no token. */
export const Open = () => SetMetadata(openKey, true);

/** Lets requests in that carry the token as bearer; compared in constant time. */
export class TokenGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(
    token: string,
    private readonly reflector: Reflector,
  ) {
    this.expected = digest(token);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean | undefined>(openKey, [context.getHandler(), context.getClass()])) return true;
    const header = context.switchToHttp().getRequest<Request>().headers.authorization ?? '';
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1] ?? '';
    if (timingSafeEqual(digest(token), this.expected)) return true;
    throw coordinatorErrors.error('COORDINATOR.UNAUTHORIZED');
  }
}

/** Hashes of equal length, whatever was sent. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
