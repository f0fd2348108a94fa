import { applyDecorators } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import type { ZodType } from 'zod';

/** Every schema that a route takes or answers with; each has an id by `.meta({ id })`. */
const used = new Set<ZodType>();

/** Body of every error. */
const problem = z
  .strictObject({
    code: z.string().describe('docs/errors/<code>.md explains it'),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    message: z.string(),
  })
  .meta({ id: 'Problem' });

/** The request body, and schemas that its description names. */
export function Takes(schema: ZodType, ...named: readonly ZodType[]): MethodDecorator {
  named.forEach(reference);
  return ApiBody({ schema: reference(schema) });
}

/** A JSON answer to a request with a token; a list of schemas of length one means an array. Errors answer with `Problem`. */
export function Answers(status: number, description: string, schema: ZodType | readonly [ZodType]): MethodDecorator {
  return applyDecorators(ApiBearerAuth(), AnswersAnyone(status, description, schema));
}

/** As {@link Answers}, without a token. */
export function AnswersAnyone(status: number, description: string, schema: ZodType | readonly [ZodType]): MethodDecorator {
  const content = Array.isArray(schema) ? { type: 'array' as const, items: reference(schema[0] as ZodType) } : reference(schema as ZodType);
  return applyDecorators(
    ApiResponse({ status, description, schema: content }),
    ApiResponse({ status: 'default', schema: reference(problem) }),
  );
}

/** An answer of another media type. */
export function AnswersWith(mediaType: string, description: string): MethodDecorator {
  const content = { [mediaType]: { schema: { type: 'string' as const } } };
  return applyDecorators(
    ApiBearerAuth(),
    ApiResponse({ status: 200, description, content }),
    ApiResponse({ status: 'default', schema: reference(problem) }),
  );
}

function reference(schema: ZodType): { $ref: string } {
  const id = schema.meta()?.['id'];
  if (typeof id !== 'string') throw new TypeError('a schema of the interface needs an id');
  used.add(schema);
  return { $ref: `#/components/schemas/${id}` };
}

/** The OpenAPI 3.1 document of the running app. */
export function openApiDocument(app: INestApplication, release: string): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Cohortium coordinator')
    .setDescription('Studies, sites and runs. Listens on loopback; wants the token of the data folder as bearer.')
    .setVersion(release)
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, base);
  return {
    ...document,
    components: { ...document.components, schemas: { ...document.components?.schemas, ...components() } },
  } as OpenAPIObject;
}

/** One JSON Schema per used schema, referring to each other by name. */
function components(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const schema of used) registry.add(schema, { id: schema.meta()?.['id'] as string });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  // The address of a component is its place in the document.
  return Object.fromEntries(Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]));
}
