// Sends the content of a file as JSON, from a Nest controller without guards, pipes and interceptors:
// `node bare-nest.mjs FILE`
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const body = readFileSync(process.argv[2], 'utf8');

class BareController {
  send() {
    return body;
  }
}
class BareModule {}

const route = Object.getOwnPropertyDescriptor(BareController.prototype, 'send');
Header('content-type', 'application/json; charset=utf-8')(BareController.prototype, 'send', route);
Get()(BareController.prototype, 'send', route);
Controller()(BareController);
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());
