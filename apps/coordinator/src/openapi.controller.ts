import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';

/** The description of this interface. */
@Controller()
@ApiExcludeController()
export class OpenApiController {
  /** Made from the running app, once it is complete. */
  document: OpenAPIObject | undefined;

  @Get('openapi.json')
  describe(): OpenAPIObject | undefined {
    return this.document;
  }
}
