import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import type { TestApp } from './app.js';

/** What management commands work with, in this process, on the ground of an app. */
export function commandServices({
  config,
  databaseUrl,
}: TestApp): Promise<INestApplicationContext> {
  const module = AppModule.forCommands(config, databaseUrl);
  return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
}
