import { randomBytes } from 'node:crypto';
import { UploadTokens, type UploadGrant } from '../../../src/common/upload-token.js';

const tokens = new UploadTokens(randomBytes(32));
const grant: UploadGrant = {
  key: 'uploads/users/1/videos/2_film.mp4',
  contentType: 'video/mp4',
  sizeBytes: 10,
  part: { uploadId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01', number: 3, offset: 20 },
  expires: 1_800_000_000,
};

test('a token says what it was signed for', () => {
  expect(tokens.verify(tokens.sign(grant))).toEqual(grant);
});

test('a token with any other byte is none', () => {
  const bytes = Buffer.from(tokens.sign(grant), 'base64url');
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(tokens.verify(changed.toString('base64url'))).toBeUndefined();
  }
});

test.each(['', 'a', '../../etc/passwd', `${tokens.sign(grant)}=`, ` ${tokens.sign(grant)}`])(
  '%j is no token',
  (text) => {
    expect(tokens.verify(text)).toBeUndefined();
  },
);

test('a token of another installation is none', () => {
  expect(new UploadTokens(randomBytes(32)).verify(tokens.sign(grant))).toBeUndefined();
});

test('a token that an older version has signed is none', () => {
  const part = { uploadId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01', number: 3 };
  expect(tokens.verify(tokens.sign({ ...grant, part } as UploadGrant))).toBeUndefined();
});
