/**
 * The closed table of error codes: what went wrong, and how HTTP says it.
 * Clients switch on the code; the title is for people.
 */
export const ERROR_CODES = {
  'request.invalid': { status: 400, title: 'The request is not valid' },
  'request.invalid_json': { status: 400, title: 'The body is not valid JSON' },
  'request.too_large': { status: 413, title: 'The request body is too large' },
  'request.unsupported_media_type': {
    status: 415,
    title: 'This content type is not accepted here',
  },
  'request.headers_too_large': { status: 431, title: 'The address or the headers are too long' },
  'request.timeout': { status: 408, title: 'The request took too long to arrive' },
  'request.too_many': { status: 429, title: 'Too many requests' },
  'route.not_found': { status: 404, title: 'There is nothing at this address' },
  'route.method_not_allowed': { status: 405, title: 'This method is not allowed here' },

  'auth.required': { status: 401, title: 'Sign-in is required' },
  'auth.invalid_credentials': { status: 401, title: 'The sign-in details are wrong' },
  'auth.invalid_token': { status: 401, title: 'The token is not valid' },
  'auth.expired_token': { status: 401, title: 'The token has expired' },
  'auth.session_revoked': { status: 401, title: 'The session has ended' },
  'auth.malformed_signature': { status: 400, title: 'The signature cannot be read' },
  'auth.invalid_signature': { status: 401, title: 'The signature is wrong' },
  'auth.expired_signature': { status: 401, title: 'The signature is too old, or of the future' },
  'auth.replayed_signature': { status: 401, title: 'The signature has been used already' },
  'auth.deactivated': { status: 403, title: 'The account is switched off' },
  'auth.weak_password': { status: 400, title: 'The password is too weak' },
  'auth.invalid_link': { status: 400, title: 'The link is not valid or has expired' },
  'auth.wrong_password': { status: 403, title: 'The password is wrong' },
  'auth.locked': { status: 429, title: 'Too many failed sign-ins' },
  'auth.second_factor_required': { status: 401, title: 'A second factor is required' },
  'auth.second_factor_invalid': { status: 401, title: 'The second factor is wrong' },
  'auth.second_factor_setup_required': {
    status: 403,
    title: 'Your account must have a second factor',
  },
  'auth.second_factor_conflict': { status: 409, title: 'The second factor is in another state' },
  'auth.passkey_invalid': { status: 401, title: 'The passkey is not valid' },
  'auth.csrf': { status: 403, title: 'The CSRF token is missing or wrong' },
  'auth.forbidden': { status: 403, title: 'This is not allowed for your account' },

  'user.not_found': { status: 404, title: 'There is no such user' },
  'session.not_found': { status: 404, title: 'There is no such session' },
  'passkey.not_found': { status: 404, title: 'There is no such passkey' },
  'user.last_superuser': { status: 409, title: 'This is the only superuser' },
  'user.being_erased': { status: 409, title: 'The account is being erased' },
  'avatar.not_found': { status: 404, title: 'There is no such picture' },
  'avatar.not_an_image': { status: 422, title: 'The file is not a picture we can use' },
  'user.exists': { status: 409, title: 'The user exists already' },

  'service_key.not_found': { status: 404, title: 'There is no such service key' },
  'service_key.state_conflict': { status: 409, title: 'The service key is in another state' },

  'mail.not_found': { status: 404, title: 'There is no such mail' },
  'mail.state_conflict': { status: 409, title: 'The mail is in another state' },

  'video.not_found': { status: 404, title: 'There is no such video' },
  'video.not_playable': { status: 409, title: 'The video cannot be played yet' },
  'video.state_conflict': { status: 409, title: 'The video is in another state' },

  'series.not_found': { status: 404, title: 'There is no such series' },
  'comment.not_found': { status: 404, title: 'There is no such comment' },
  'comment.switched_off': { status: 403, title: 'Comments are switched off' },

  'rendition.unusable': { status: 422, title: 'The rendition cannot be played here' },

  'subtitle.not_found': { status: 404, title: 'There are no such subtitles' },
  'subtitle.invalid': { status: 422, title: 'The file is not one of subtitles we can use' },
  'subtitle.embedded': { status: 409, title: 'The subtitles are part of the video' },

  'job.not_found': { status: 404, title: 'There is no such job' },

  'upload.no_file': { status: 400, title: 'The upload holds no file' },
  'upload.empty': { status: 422, title: 'The file is empty' },
  'upload.too_large': { status: 413, title: 'The file is too large' },
  'upload.over_quota': { status: 413, title: 'Your videos take all the room they may' },
  'upload.duplicate': { status: 409, title: 'This file has been uploaded already' },
  'upload.interrupted': { status: 400, title: 'The upload ended before the file was complete' },
  'upload.not_found': { status: 404, title: 'There is no such upload' },
  'upload.expired': { status: 410, title: 'The upload has expired' },
  'upload.incomplete': { status: 409, title: 'The file is not here yet' },
  'upload.mismatch': { status: 409, title: 'The file is not the one that was announced' },
  'upload.state_conflict': { status: 409, title: 'The upload is in another state' },
  'upload.address_invalid': { status: 403, title: 'The address is not good for this upload' },
  'upload.offset_mismatch': { status: 409, title: 'The bytes do not begin where the upload ends' },
  'upload.locked': { status: 423, title: 'Another request is at work on the upload' },
  'upload.checksum_mismatch': { status: 460, title: 'The bytes have another checksum' },
  'upload.unsupported_version': { status: 412, title: 'This version of tus is not spoken here' },
  'upload.not_an_image': { status: 422, title: 'The thumbnail is not a picture we can use' },

  'source.not_a_video': { status: 422, title: 'The file is not a video' },
  'source.unreadable': { status: 422, title: 'The file cannot be read' },
  'source.no_video_stream': { status: 422, title: 'The file has no video stream' },
  'source.unsupported_codec': { status: 422, title: 'The codec is not supported' },
  'source.changing_audio': { status: 422, title: 'The audio changes its format' },
  'source.changed': { status: 422, title: 'The file was changed after it was uploaded' },
  'source.damaged': { status: 422, title: 'The file is damaged' },
  'source.too_large_dimensions': { status: 422, title: 'The picture is too large' },
  'source.too_long': { status: 422, title: 'The film is too long' },
  'source.too_many_streams': { status: 422, title: 'The file has too many streams' },
  'source.too_many_frames': { status: 422, title: 'The film has too many pictures' },
  'processing.failed': { status: 422, title: 'The video could not be processed' },

  'media.not_found': { status: 404, title: 'There is no such media file' },
  'media.invalid_token': { status: 401, title: 'The playback link is not valid' },
  'media.expired_token': { status: 401, title: 'The playback link has expired' },
  'media.range_not_satisfiable': { status: 416, title: 'The range lies outside the file' },

  'storage.full': { status: 507, title: 'The storage is full' },
  'service.unavailable': { status: 503, title: 'A part of the service is not available' },
  'internal.error': { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
