import { ConsoleLogger } from '@nestjs/common';

/** What Nest says of itself while it starts. */
const START_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Leaves out Nest's list of modules and routes: whoever starts the platform wants to see the banner. */
export class QuietStartLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (START_CONTEXTS.has(String(rest.at(-1)))) return;
    super.log(message, ...(rest as [string]));
  }
}
