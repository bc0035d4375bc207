import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { sourceContentType } from '../../media/content-types.js';
import { VideoPresenter } from '../video.presenter.js';
import type { Video } from '../video.entity.js';
import type { LibraryVideoDto } from './source-library.dto.js';
import { SourceTokens } from './source-tokens.js';

/** Turns videos into entries of the library of sources; links are signed for the owner. */
@Injectable()
export class SourcePresenter {
  constructor(
    private readonly tokens: SourceTokens,
    private readonly videos: VideoPresenter,
  ) {}

  entry(video: Video, owner: Viewer): LibraryVideoDto {
    const { sourceKey: key, sourceName: name } = video;
    if (key === null || name === null) throw new Error(`video ${video.id} has no source`);
    return {
      id: video.id,
      filename: name,
      original_filename: video.originalFilename,
      s3_key: key,
      s3_url: this.sourceUrl(video.id, name, owner),
      content_type: sourceContentType(name),
      file_size: video.sourceSizeBytes,
      duration: video.durationSeconds,
      thumbnail_url: this.videos.thumbnailUrl(video, owner),
      uploaded_at: video.createdAt.toISOString(),
      metadata: metadataOf(video),
    };
  }

  private sourceUrl(videoId: string, name: string, { id }: Viewer): string {
    return `/media/${this.tokens.sign(this.tokens.grant(videoId, id))}/source/${name}`;
  }
}

function metadataOf({ width, height, frameRate, codec }: Video): LibraryVideoDto['metadata'] {
  if (width === null || height === null || codec === null) return null;
  return { resolution: `${width}x${height}`, fps: frameRate, codec };
}
