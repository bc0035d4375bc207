import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { SIGNATURE_SECURITY } from '../common/operation.js';
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
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description:
          'AWS Signature Version 4 with a service key, for the service `execute-api` and the region of the setting S3_REGION; in the header or in the query. The body is signed, the clock may be 5 minutes off, and a signature counts once.',
      },
      SIGNATURE_SECURITY,
    )
    .addTag('Accounts', 'Registration, sign-in and sessions')
    .addTag('Profile', 'My profile, address, data, and the end of my account')
    .addTag('Videos', 'The catalogue')
    .addTag('Ingest', 'Uploads')
    .addTag('Transcoders', 'For programs that encode in our place')
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
  nameWildcards(document);
  const { components } = toOpenApi(ProblemSchema, 'output');
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...components },
  };
  return document;
}

/** A route's `*` is `{path}` in an address, but the parameter keeps the name by which Fastify knows it. */
function nameWildcards({ paths }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as unknown[]);
  for (const operation of operations) {
    const { parameters = [] } = operation as { parameters?: { name: string }[] };
    for (const parameter of parameters) if (parameter.name === '*') parameter.name = 'path';
  }
}

/** Schemas with an id become components; wrapping in an array makes the outermost one of them too. */
function toOpenApi(schema: z.ZodType, io: 'input' | 'output') {
  const { items, definitions } = z.toJSONSchema(z.array(schema), { target: 'openapi-3.0', io }) as {
    items: object;
    definitions?: Record<string, object>;
  };
  return { schema: items, components: definitions ?? {} };
}
