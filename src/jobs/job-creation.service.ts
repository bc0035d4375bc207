import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { IngestService } from '../ingest/ingest.service.js';
import { overQuota, QuotaService } from '../ingest/quota.service.js';
import { UploadOutcomes } from '../ingest/sessions/upload-outcomes.service.js';
import { Transcripts } from '../subtitles/transcripts.service.js';
import type { NewJob } from './jobs.dto.js';

/** Makes a further video of a file that its owner has uploaded before. */
@Injectable()
export class JobCreation {
  constructor(
    private readonly ingest: IngestService,
    private readonly uploads: UploadOutcomes,
    private readonly transcripts: Transcripts,
    private readonly quota: QuotaService,
  ) {}

  /**
   * @returns the id of the new video
   * @throws DomainError `request.invalid`, `video.not_found`, `video.state_conflict`, `upload.not_found`,
   *   `upload.incomplete`, `upload.state_conflict`, `upload.over_quota`, `subtitle.not_found`
   */
  async create(ownerId: string, request: NewJob): Promise<string> {
    const sourceVideoId = await this.sourceOf(ownerId, request);
    const transcript = await this.transcriptOf(ownerId, request);
    // The file takes no further room, but its renditions will.
    if ((await this.quota.bytesLeft(ownerId)) === 0) throw overQuota(0);
    const title = request.title ?? undefined;
    return this.ingest.reuse({ ownerId, sourceVideoId, title, transcript });
  }

  private async sourceOf(ownerId: string, request: NewJob): Promise<string> {
    const { video_upload_id: uploadId, s3_video_id: videoId } = request;
    if (uploadId && videoId) {
      throw unclear('Provide either video_upload_id or s3_video_id, not both', 's3_video_id');
    }
    if (videoId) return videoId;
    if (uploadId) return this.uploads.idOf(uploadId, ownerId);
    throw unclear('Either video_upload_id or s3_video_id must be provided', 's3_video_id');
  }

  private async transcriptOf(ownerId: string, request: NewJob) {
    const { transcript_text: text, transcript_upload_id: uploadId } = request;
    if (text && uploadId) {
      const detail = 'Provide either transcript_text or transcript_upload_id, not both';
      throw unclear(detail, 'transcript_upload_id');
    }
    return {
      transcriptText: uploadId ? await this.transcripts.textOf(uploadId, ownerId) : (text ?? null),
      transcriptUploadId: uploadId ?? null,
    };
  }
}

function unclear(detail: string, field: string): DomainError {
  return new DomainError('request.invalid', detail, [{ field, message: detail }]);
}
