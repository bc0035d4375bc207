const MESSAGES = {
  'upload.empty': 'The file is empty.',
  'source.not_a_video': 'The file is not a video.',
  'source.unreadable': 'The file looks like a video, but its structure cannot be read.',
  'source.no_video_stream': 'The file holds no video stream.',
  'source.unsupported_codec': 'The video uses a codec that cannot be decoded here.',
  'source.changing_audio': 'The sound changes its format midway, in a way that cannot be followed.',
  'source.changed': 'The file was changed after it was uploaded. Upload it again.',
  'source.damaged': 'The video is too damaged to be encoded.',
  'source.too_large_dimensions': 'The picture is wider or higher than allowed.',
  'source.too_long': 'The video is longer than allowed.',
  'source.too_many_streams': 'The file holds more streams than allowed.',
  'source.too_many_frames': 'The video holds more pictures than allowed.',
} as const;

/** Every reason for which a source is refused for good; stable, part of the API. */
export type MediaFaultCode = keyof typeof MESSAGES;

/** A permanent refusal of a source: trying again with the same bytes cannot help. */
export class MediaFault extends Error {
  override readonly name = 'MediaFault';

  /**
   * @param code   what is wrong, for programs; `message` says it in plain words, for people
   * @param detail what was measured or logged, for operators; never shown to viewers
   */
  constructor(
    readonly code: MediaFaultCode,
    readonly detail?: string,
  ) {
    super(MESSAGES[code]);
  }
}

/** For a source whose bitstream cannot be packaged as it is: the picture has to be encoded instead. */
export function refuseBitstream(reason: string): never {
  throw new MediaFault('source.damaged', `not to be packaged as it is: ${reason}`);
}
