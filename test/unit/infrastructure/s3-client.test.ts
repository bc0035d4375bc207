import { toFailure } from '../../../src/infrastructure/storage/s3-client.js';

const told = (name: string, httpStatusCode?: number, code?: string) =>
  toFailure('PutObject', 'films', {
    name,
    ...(code ? { code } : {}),
    $metadata: { httpStatusCode },
  });

test.each([
  ['no connection', told('Error', undefined, 'ECONNREFUSED'), 'got no answer (ECONNREFUSED)'],
  ['no answer in time', told('TimeoutError'), 'got no answer (TimeoutError)'],
  ['an answer that broke off', told('Error', 200, 'ECONNRESET'), 'got no answer (ECONNRESET)'],
  ['a server at its limit', told('SlowDown', 503), 'failed (SlowDown)'],
  ['a server with a fault', told('InternalError', 500), 'failed (InternalError)'],
  ['a body that came too slowly', told('RequestTimeout', 400), 'failed (RequestTimeout)'],
])('%s may be otherwise the next time', (_, failure, words) => {
  expect(failure).toMatchObject({
    name: 'StorageUnavailableError',
    message: `s3:PutObject on bucket films ${words}`,
  });
});

test.each([
  ['Ceph', told('QuotaExceeded', 403)],
  ['MinIO', told('XMinioStorageFull', 507)],
])('a full storage is known by what %s says', (_, failure) => {
  expect(failure.name).toBe('StorageFullError');
});

test('a refusal names the permission, where one is missing', () => {
  const refused = (operation: string, name: string, httpStatusCode: number) =>
    toFailure(operation, 'films', { name, $metadata: { httpStatusCode } }).message;
  expect(refused('ListObjectsV2', 'AccessDenied', 403)).toBe(
    's3:ListObjectsV2 on bucket films was refused (AccessDenied): the key needs the permission s3:ListBucket',
  );
  expect(refused('HeadObject', 'Unknown', 403)).toMatch(/\(HTTP 403\).* s3:GetObject$/);
  expect(refused('PutObject', 'SignatureDoesNotMatch', 403)).not.toContain('permission');
  expect(refused('PutBucketCors', 'NotImplemented', 501)).toBe(
    's3:PutBucketCors on bucket films was refused (NotImplemented)',
  );
});
