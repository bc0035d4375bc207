import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../common/prepared-statement.js';
import { mayViewSql } from './video-access.js';

/** Somebody who asks for bytes of a video. */
export interface StreamingQuestion {
  videoId: string;
  viewerId: string;
}

const GRANTED = `SELECT asked.position::integer FROM
    unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (video_id, viewer_id, position)
    JOIN videos video ON video.id = asked.video_id
    JOIN users viewer ON viewer.id = asked.viewer_id AND viewer.is_active
  WHERE ${mayViewSql('video', { id: 'viewer.id', role: 'viewer.role' })}`;

/** The access rule of bytes, asked of the database. */
@Injectable()
export class StreamingRightsRepository {
  private readonly granted: PreparedStatement<{ position: number }>;

  constructor(database: DataSource) {
    this.granted = new PreparedStatement(database, GRANTED);
  }

  /** Positions of the questions whose answer is yes. */
  async findGranted(questions: readonly StreamingQuestion[]): Promise<Set<number>> {
    const rows = await this.granted.rows([
      questions.map(({ videoId }) => videoId),
      questions.map(({ viewerId }) => viewerId),
    ]);
    return new Set(rows.map(({ position }) => position - 1));
  }
}
