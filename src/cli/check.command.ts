import { Command } from 'commander';
import { describeSettings } from '../config/settings.js';
import { HealthService } from '../health/health.service.js';
import { CommandError, withServices } from './context.js';

export const checkCommand = new Command('check')
  .description('check every setting, the database, the queue, the storage and ffmpeg')
  .action(async () => {
    const settings = describeSettings();
    for (const { name, ok, detail } of settings) report(ok, name, detail);
    if (settings.some(({ ok }) => !ok)) throw new CommandError('Some settings are wrong.');
    const checks = await withServices((services) => services.get(HealthService).checks());
    for (const { name, ok, detail } of checks) report(ok, name, detail);
    const failed = checks.filter(({ ok }) => !ok).length;
    if (failed > 0) throw new CommandError(`${failed} of ${checks.length} parts do not work.`);
  });

function report(ok: boolean, name: string, detail: string): void {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(22)} ${detail}`);
}
