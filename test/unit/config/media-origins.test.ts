import { loadConfig } from '../../../src/config/config.js';
import { mediaOrigins } from '../../../src/config/media-origins.js';

const origins = (settings: Record<string, string>) => mediaOrigins(loadConfig(settings));

const S3 = {
  S3_BUCKET: 'films',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'secret',
};
const REDIRECT = { ...S3, MEDIA_DELIVERY: 'redirect' };

test('films come from here unless a setting says otherwise', () => {
  expect(origins({})).toEqual([]);
  expect(origins({ ...S3, S3_PUBLIC_ENDPOINT: 'https://s3.example.org' })).toEqual([]);
});

test('a CDN is one, whatever its path', () => {
  expect(origins({ CDN_BASE_URL: 'https://cdn.example.org/films/' })).toEqual([
    'https://cdn.example.org',
  ]);
});

test('buckets are, where players are led to them', () => {
  expect(origins(REDIRECT)).toEqual(['https://films.s3.us-east-1.amazonaws.com']);
  expect(origins({ ...REDIRECT, S3_BUCKET: 'films.example' })).toEqual([
    'https://s3.us-east-1.amazonaws.com',
  ]);
  const own = { S3_ENDPOINT: 'http://minio:9000', S3_PUBLIC_ENDPOINT: 'https://s3.example.org' };
  expect(origins({ ...REDIRECT, ...own })).toEqual(['https://s3.example.org']);
  expect(origins({ ...REDIRECT, ...own, S3_PATH_STYLE: 'false' })).toEqual([
    'https://films.s3.example.org',
  ]);
});

test.each([
  [{ MEDIA_DELIVERY: 'redirect' }, 'MEDIA_DELIVERY: redirect is for files in S3'],
  [{ ...S3, MEDIA_DELIVERY: 'accel' }, 'MEDIA_DELIVERY: accel is for files on disk'],
  [{ ...REDIRECT, CDN_BASE_URL: 'https://cdn.example.org' }, 'CDN_BASE_URL: would only pass'],
])('what does not go together is refused: %j', (settings, message) => {
  expect(() => loadConfig(settings)).toThrow(message);
});
