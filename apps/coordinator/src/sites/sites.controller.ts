import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Takes } from '../openapi.js';
import { ZodPipe } from '../zod.pipe.js';
import { newSite, siteView } from './site.schema.js';
import type { NewSite, SiteView } from './site.schema.js';
import { SitesService } from './sites.service.js';

/** Sites over HTTP. */
@ApiTags('sites')
@Controller('api/sites')
export class SitesController {
  constructor(@Inject(SitesService) private readonly sites: SitesService) {}

  @Post()
  @HttpCode(200)
  @Takes(newSite)
  @Answers(200, 'The enrolled site; repeating a request is harmless', siteView)
  enroll(@Body(new ZodPipe(newSite)) site: NewSite): Promise<SiteView> {
    return this.sites.enroll(site);
  }

  @Get()
  @Answers(200, 'All sites by code', [siteView])
  list(): Promise<readonly SiteView[]> {
    return this.sites.list();
  }
}
