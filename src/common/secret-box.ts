import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps secrets in the database unreadable for whoever has only the database (AES-256-GCM). */
export class SecretBox {
  /** @param key 32 bytes */
  constructor(private readonly key: Buffer) {}

  /** @param label what the secret is for; it can only be opened under the same label */
  seal(secret: string, label: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce).setAAD(Buffer.from(label));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws Error when the box was tampered with, or sealed with another key or label */
  open(box: Buffer, label: string): string {
    const tagEnd = NONCE_BYTES + TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, this.key, box.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(label))
      .setAuthTag(box.subarray(NONCE_BYTES, tagEnd));
    return Buffer.concat([decipher.update(box.subarray(tagEnd)), decipher.final()]).toString();
  }
}
