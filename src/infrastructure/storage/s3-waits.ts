/** For requests to S3 that send no part: with all attempts, a call is over after about a minute. */
export const SHORT_WAIT = { requestTimeout: 15_000 };
