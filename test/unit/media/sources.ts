import type { SourceInfo, VideoTrack } from '../../../src/media/source-info.js';

/** A plain 1280x720, 25 frames a second, six-second source; any part may be replaced. */
export function source(
  changes: Partial<Omit<SourceInfo, 'video'>> & { video?: Partial<VideoTrack> } = {},
): SourceInfo {
  return {
    container: 'mov,mp4,m4a,3gp,3g2,mj2',
    startSeconds: 0,
    durationSeconds: 6,
    audio: [],
    subtitles: [],
    ...changes,
    video: {
      index: 0,
      codec: 'h264',
      bitDepth: 8,
      width: 1280,
      height: 720,
      displayWidth: 1280,
      displayHeight: 720,
      rotationDegrees: 0,
      sampleAspectRatio: 1,
      frameRate: 25,
      nominalFrameRate: 25,
      interlaced: false,
      color: { hdr: false },
      startSeconds: 0,
      ...changes.video,
    },
  };
}
