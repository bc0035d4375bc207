import type { Config, StorageConfig } from './config.js';

/** Other hosts from which pages load films and pictures, as a Content-Security-Policy names them. */
export function mediaOrigins({
  playback,
  storage,
  storageFallback,
}: Pick<Config, 'playback' | 'storage' | 'storageFallback'>): string[] {
  const cdn = playback.cdnBaseUrl === '' ? [] : [new URL(playback.cdnBaseUrl).origin];
  if (playback.delivery !== 'redirect') return cdn;
  const buckets = [storage, storageFallback].flatMap((config) => (config ? originsOf(config) : []));
  return [...new Set([...cdn, ...buckets])];
}

/** Without an endpoint the storage is AWS, whose SDK puts the bucket into the path when it has a dot. */
function originsOf(config: StorageConfig): string[] {
  if (config.kind === 'disk') return [];
  const endpoint = config.publicEndpoint ?? config.endpoint;
  const { protocol, host } = new URL(endpoint ?? `https://s3.${config.region}.amazonaws.com`);
  const names = [config.buckets.outputs, config.buckets.pictures, config.buckets.sources];
  return names.map((bucket) => {
    const isInPath = config.pathStyle || (endpoint === undefined && bucket.includes('.'));
    return `${protocol}//${isInPath ? '' : `${bucket}.`}${host}`;
  });
}
