export const VIDEO_STATUSES = ['pending', 'processing', 'ready', 'failed', 'cancelled'] as const;
export type VideoStatus = (typeof VIDEO_STATUSES)[number];

/** From which states each state may be entered; nothing else changes a video's status. */
export const ENTERED_FROM: Readonly<Record<VideoStatus, readonly VideoStatus[]>> = {
  pending: ['failed', 'cancelled'],
  processing: ['pending', 'processing'],
  ready: ['processing'],
  failed: ['pending', 'processing'],
  cancelled: ['pending', 'processing'],
};
