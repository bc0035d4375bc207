import { Controller, Get, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Operation } from '../common/operation.js';
import { HealthService } from './health.service.js';

const AliveSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' });

const ReadySchema = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    checks: z.array(z.object({ name: z.string().meta({ example: 'database' }), ok: z.boolean() })),
  })
  .meta({ id: 'Ready' });

@ApiTags('Operations')
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('healthz')
  @Operation({
    summary: 'Whether the process is alive',
    access: 'public',
    returns: AliveSchema,
    validates: false,
  })
  alive(): z.output<typeof AliveSchema> {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Operation({
    summary: 'Whether database, queue, storage and ffmpeg can be used',
    access: 'public',
    returns: ReadySchema,
    validates: false,
  })
  @ApiResponse({ status: 503, description: 'A part does not work', standardSchema: ReadySchema })
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.output<typeof ReadySchema>> {
    const checks = await this.health.checks();
    const ok = checks.every((check) => check.ok);
    void reply.status(ok ? 200 : 503);
    // The reasons may name hosts and folders: they are for the log and `manage check`.
    return {
      status: ok ? 'ok' : 'unavailable',
      checks: checks.map(({ name, ok: fine }) => ({ name, ok: fine })),
    };
  }
}
