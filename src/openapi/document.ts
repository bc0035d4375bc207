import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { ProblemSchema } from '../common/problem.js';

/** The OpenAPI description of the API, made from the controllers and their schemas. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Videoflix API')
    .setDescription(
      'Self-hosted video platform. Errors are `application/problem+json` (RFC 9457) with a `code` from a closed table.',
    )
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth()
    .addTag('Accounts', 'Registration, sign-in and sessions')
    .addTag('Profile', 'My profile, address, data, and the end of my account')
    .addTag('Videos', 'The catalogue')
    .addTag('Ingest', 'Uploads')
    .addTag('Playback', 'Signed links to playlists and pictures')
    .addTag('Administration', 'What staff do')
    .addTag('Operations', 'Health')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? toOpenApi(schema, schemaType) : undefined,
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
  });
  const { components } = toOpenApi(ProblemSchema, 'output');
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...components },
  };
  return document;
}

/** Schemas with an id become components; wrapping in an array makes the outermost one of them too. */
function toOpenApi(schema: z.ZodType, io: 'input' | 'output') {
  const { items, definitions } = z.toJSONSchema(z.array(schema), { target: 'openapi-3.0', io }) as {
    items: object;
    definitions?: Record<string, object>;
  };
  return { schema: items, components: definitions ?? {} };
}
