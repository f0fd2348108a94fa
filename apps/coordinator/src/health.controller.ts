import type { CoordinatorDatabase } from '@cohortium/persistence';
import type { BrokerLink } from '@cohortium/transport';
import { Controller, Get, HttpStatus, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { AnswersAnyone } from './openapi.js';
import { Open } from './token.guard.js';
import { DATABASE, LINK } from './tokens.js';
import { waitFor } from './signals.js';

const live = z.strictObject({ state: z.literal('live') }).meta({ id: 'Live' });
const ready = z.strictObject({ ready: z.boolean(), database: z.boolean(), broker: z.boolean() }).meta({ id: 'Ready' });

const pingMs = 2000;

/** Whether this process lives, and whether it can work. Without a token. */
@ApiTags('health')
@Controller('health')
@Open()
export class HealthController {
  constructor(
    @Inject(DATABASE) private readonly database: CoordinatorDatabase,
    @Inject(LINK) private readonly link: BrokerLink,
  ) {}

  @Get('live')
  @AnswersAnyone(200, 'The process answers', live)
  live(): z.output<typeof live> {
    return { state: 'live' };
  }

  /** 503 while the database or the broker is away. */
  @Get('ready')
  @AnswersAnyone(200, 'Database and broker answer', ready)
  @AnswersAnyone(503, 'One of them does not', ready)
  async ready(@Res({ passthrough: true }) response: Response): Promise<z.output<typeof ready>> {
    let database = false;
    const ping = this.database.ping().then(
      () => (database = true),
      () => false,
    );
    await waitFor(ping, pingMs);
    const broker = this.link.isConnected();
    if (!database || !broker) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { ready: database && broker, database, broker };
  }
}
