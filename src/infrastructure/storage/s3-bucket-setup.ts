import { isDeepStrictEqual } from 'node:util';
import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  type CORSRule,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Logger } from '@nestjs/common';
import { S3Failure } from './s3-client.js';
import { SHORT_WAIT } from './s3-waits.js';

/** A bucket to be used. */
export interface BucketSetup {
  bucket: string;
  /** Whose pages send files to the bucket and fetch pictures from it; no CORS rule without it. */
  browserOrigin: string | undefined;
}

/** The ids of our rules; those of others stay as they are. */
const CORS_RULE = 'videoflix-browsers';
const LIFECYCLE_RULE = 'videoflix-unfinished-uploads';

const UNFINISHED_DAYS = 7;

/** Makes a bucket unless it is there. */
export async function createMissingBucket(client: S3Client, Bucket: string): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket }), SHORT_WAIT);
  } catch (error) {
    // Keys that may use a bucket need not be allowed to look at it.
    if (error instanceof S3Failure && error.status === 403) return;
    if (!isMissing(error)) throw error;
    await client.send(new CreateBucketCommand({ Bucket }), SHORT_WAIT).catch(unlessAlreadyOwned);
  }
}

/**
 * Lets browsers reach the bucket, and has it drop uploads that nobody finishes. A server that does
 * not know the calls, or a key that may not make them, costs a warning: films play without.
 */
export async function configureBucket(client: S3Client, setup: BucketSetup): Promise<void> {
  const logger = new Logger('Storage');
  const { bucket, browserOrigin } = setup;
  try {
    if (browserOrigin !== undefined) await allowBrowsers(client, bucket, browserOrigin);
  } catch (error) {
    logger.warn(
      `${messageOf(error)}. Browsers can send files straight to ${bucket} only if it allows ${browserOrigin} by settings of its own.`,
    );
  }
  try {
    await dropUnfinishedUploads(client, bucket);
  } catch (error) {
    logger.warn(`${messageOf(error)}. Parts of broken uploads may stay in ${bucket}.`);
  }
}

/** True for an answer that what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3Failure && error.status === 404;
}

async function allowBrowsers(client: S3Client, Bucket: string, origin: string): Promise<void> {
  const rule: CORSRule = {
    ID: CORS_RULE,
    AllowedOrigins: [origin],
    AllowedMethods: ['GET', 'HEAD', 'PUT'],
    AllowedHeaders: ['*'],
    // A multipart upload is completed with the tags of its parts.
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 3600,
  };
  const { CORSRules = [] } = await orNothing(
    client.send(new GetBucketCorsCommand({ Bucket }), SHORT_WAIT),
  );
  const merged = withRule(CORSRules, rule);
  if (!merged) return;
  const CORSConfiguration = { CORSRules: merged };
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }), SHORT_WAIT);
}

async function dropUnfinishedUploads(client: S3Client, Bucket: string): Promise<void> {
  const rule: LifecycleRule = {
    ID: LIFECYCLE_RULE,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: UNFINISHED_DAYS },
  };
  const { Rules = [], TransitionDefaultMinimumObjectSize } = await orNothing(
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), SHORT_WAIT),
  );
  const merged = withRule(Rules, rule);
  if (!merged) return;
  const request = new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: { Rules: merged },
    // Said again, or it would fall back to the default.
    TransitionDefaultMinimumObjectSize,
  });
  await client.send(request, SHORT_WAIT);
}

/** The rules with ours in its place; undefined when they are so already. */
function withRule<Rule extends { ID?: string | undefined }>(
  rules: Rule[],
  ours: Rule,
): Rule[] | undefined {
  const present = rules.find(({ ID }) => ID === ours.ID);
  if (present && isDeepStrictEqual(normalized(present), normalized(ours))) return undefined;
  return [...rules.filter(({ ID }) => ID !== ours.ID), ours];
}

/** Servers give lists back in an order of their own. */
function normalized(rule: object): Record<string, unknown> {
  const entries = Object.entries(rule).map(([name, value]: [string, unknown]) => {
    return [name, Array.isArray(value) ? (value as unknown[]).toSorted() : value] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A bucket without rules of this kind says that there are none by an error. */
async function orNothing<T extends object>(answer: Promise<T>): Promise<Partial<T>> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
}

/** Another process may have made it at the same moment. */
function unlessAlreadyOwned(error: unknown): void {
  if (!(error instanceof S3Failure && error.code === 'BucketAlreadyOwnedByYou')) throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
