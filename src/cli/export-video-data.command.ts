import { Command } from 'commander';
import { ExportService } from '../export/export.service.js';
import { withServices } from './context.js';

interface Options {
  output?: string;
  withSecrets: boolean;
}

export const exportVideoDataCommand = new Command('export-video-data')
  .description('write users, genres, videos and renditions as JSON to DATA_DIR/exports')
  .option('--output <-|file>', 'write to this file, or to standard output with -')
  .option('--with-secrets', 'also export password hashes', false)
  .action(async ({ output, withSecrets }: Options) => {
    await withServices(async (services) => {
      const exports = services.get(ExportService);
      if (output === '-') await exports.toStream(process.stdout, { withSecrets });
      else console.log(await exports.toFile({ withSecrets, ...(output ? { file: output } : {}) }));
    });
  });
