import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Revision } from './revision.entity.js';

/** Encodes that the pace is taken from. */
const LATEST = 5;

/** How fast this installation encodes and how much it has to do, for the plans that follow. */
@Injectable()
export class EncoderLoad {
  constructor(private readonly database: DataSource) {}

  /** @param pixelsPerSecond of all rungs together, in the encode of one revision */
  async keepPace(revisionId: string, pixelsPerSecond: number): Promise<void> {
    const pace = { encodedPixelsPerSecond: pixelsPerSecond };
    await this.database.manager.update(Revision, revisionId, pace);
  }

  /** Median of the latest encodes, in pixels of their rungs a second; undefined before the first one. */
  async pace(): Promise<number | undefined> {
    const [row] = await this.database.query<{ pace: number | null }[]>(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.pace) AS pace
       FROM (SELECT encoded_pixels_per_second AS pace FROM revisions
             WHERE encoded_pixels_per_second IS NOT NULL
             ORDER BY created_at DESC LIMIT ${LATEST}) latest`,
    );
    return row?.pace ?? undefined;
  }

  /** Whether so many other videos are being encoded, or wait for it. */
  async isBusy(videoId: string, atOnce: number): Promise<boolean> {
    const others = await this.database.query<unknown[]>(
      `SELECT 1 FROM videos
       WHERE status = 'processing' AND progress_stage IN ('queued', 'encoding') AND id <> $1
         AND NOT EXISTS (SELECT 1 FROM revisions WHERE video_id = videos.id
           AND status = 'building' AND made_by = 'transcoder')
       LIMIT $2`,
      [videoId, atOnce],
    );
    return others.length >= atOnce;
  }
}
