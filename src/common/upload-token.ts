import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const GrantSchema = z.strictObject({
  key: z.string(),
  contentType: z.string(),
  sizeBytes: z.int().positive(),
  sha256: z.string().optional(),
  part: z
    .strictObject({ uploadId: z.uuid(), number: z.int().positive(), offset: z.int().min(0) })
    .optional(),
  /** Seconds since 1970. */
  expires: z.int(),
});

/** What may be sent to one of our own addresses of the storage, and how long. */
export type UploadGrant = z.output<typeof GrantSchema>;

const MAC_BYTES = 32;

/** Signs and checks the token in such an address: the grant as JSON, after its HMAC-SHA-256, in base64url. */
export class UploadTokens {
  constructor(private readonly key: Buffer) {}

  sign(grant: UploadGrant): string {
    const payload = Buffer.from(JSON.stringify(grant));
    return Buffer.concat([this.mac(payload), payload]).toString('base64url');
  }

  /** The grant of a token with a right signature, whether or not it has expired; none of an older version's. */
  verify(token: string): UploadGrant | undefined {
    const bytes = Buffer.from(token, 'base64url');
    // Decoding is lenient; only the one canonical spelling of a token is good.
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== token) return undefined;
    const payload = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(this.mac(payload), bytes.subarray(0, MAC_BYTES))) return undefined;
    return GrantSchema.safeParse(JSON.parse(payload.toString())).data;
  }

  private mac(payload: Buffer): Buffer {
    return createHmac('sha256', this.key).update(payload).digest();
  }
}
