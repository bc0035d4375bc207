import { open, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { EXPORTED_TABLES, ExportRepository, type ExportedRow } from './export.repository.js';

/** Where exports are kept. */
export class ExportDirectory {
  constructor(readonly path: string) {}
}

export interface ExportOptions {
  /** Also export password hashes. */
  withSecrets?: boolean;
  /** Another place for the file than the export directory. */
  file?: string;
}

/** Columns that are worth stealing. */
const SECRET_COLUMNS = ['password_hash'];

/** Writes users, genres, videos and renditions as one JSON document. */
@Injectable()
export class ExportService {
  constructor(
    private readonly tables: ExportRepository,
    private readonly directory: ExportDirectory,
    private readonly audit: AuditService,
  ) {}

  /**
   * Writes `video_data_YYYY-MM-DD_HH-MM-SS.json` (UTC); the name appears only when the file is whole.
   *
   * @returns the path of the file
   */
  async toFile(options: ExportOptions = {}): Promise<string> {
    const file = path.resolve(options.file ?? path.join(this.directory.path, defaultName()));
    await mkdir(path.dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}.part`;
    try {
      const handle = await open(draft, 'w', 0o600);
      // Closing the stream syncs and closes the handle.
      await this.toStream(handle.createWriteStream({ flush: true }), options);
      await rename(draft, file);
      await syncDirectory(path.dirname(file));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    const { withSecrets = false } = options;
    await this.audit.record({ action: 'export.made', details: { with_secrets: withSecrets } });
    return file;
  }

  /** Writes the document to `target` and ends it. */
  async toStream(target: Writable, options: ExportOptions = {}): Promise<void> {
    await this.tables.snapshot(async (rowsOf) => {
      await pipeline(Readable.from(this.document(rowsOf, options)), target);
    });
  }

  private async *document(
    rowsOf: Parameters<Parameters<ExportRepository['snapshot']>[0]>[0],
    { withSecrets = false }: ExportOptions,
  ): AsyncIterable<string> {
    yield `{\n"format": "videoflix-export",\n"version": 1,\n"exported_at": "${new Date().toISOString()}"`;
    for (const table of EXPORTED_TABLES) {
      yield `,\n"${table}": [`;
      let separator = '\n';
      for await (const row of rowsOf(table)) {
        yield separator + JSON.stringify(withSecrets ? row : withoutSecrets(row));
        separator = ',\n';
      }
      yield '\n]';
    }
    yield '\n}\n';
  }
}

function defaultName(): string {
  const stamp = new Date().toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
  return `video_data_${stamp}.json`;
}

function withoutSecrets(row: ExportedRow): ExportedRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !SECRET_COLUMNS.includes(name)));
}

/** A rename is durable once its folder is synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
