import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../app.module.js';
import { loadConfig } from '../config/config.js';
import { setRoutePrefix } from '../create-app.js';
import { openApiDocument } from './document.js';

/** The OpenAPI description, made without a database: nothing of the application is instantiated. */
export async function generateOpenApi(): Promise<OpenAPIObject> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for(loadConfig({}), 'postgres://nowhere'),
    new FastifyAdapter(),
    { preview: true, logger: false },
  );
  setRoutePrefix(app);
  return openApiDocument(app);
}
