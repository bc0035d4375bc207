import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemFilter } from '../common/problem.filter.js';

/** Addresses that belong to programs: there, a page would be a wrong answer. */
const NOT_PAGES = /^\/(api|media|assets|swagger|docs|redoc|coverage_html_report)(\/|$)/;

/** Answers a browser's request for a page of the web app with the app, which knows its own routes. */
@Catch(NotFoundException)
export class SpaFallbackFilter implements ExceptionFilter {
  constructor(private readonly otherwise: ProblemFilter) {}

  catch(error: NotFoundException, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!isPage(request)) {
      this.otherwise.catch(error, host);
      return;
    }
    void reply.status(200).header('cache-control', 'no-cache').sendFile('index.html');
  }
}

function isPage({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && !NOT_PAGES.test(url) && (headers.accept ?? '').includes('text/html');
}
