import { containerSignature } from '../../../src/media/container-signature.js';

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('the first bytes of a file', () => {
  it.each([
    ['video', '\0\0\0\x20ftypisom'],
    ['video', '\0\0\0\x08mdat'],
    ['video', '\x1a\x45\xdf\xa3 matroska'],
    ['video', 'RIFF\0\0\0\0AVI LIST'],
    ['video', `G${'\0'.repeat(187)}`.repeat(3)],
    ['video', '\0\0\x01\xba'],
    ['video', 'FLV\x01'],
    ['audio', 'RIFF\0\0\0\0WAVE'],
    ['audio', 'ID3\x03'],
    ['audio', 'fLaC'],
    ['image', '\0\0\0\x20ftypheic'],
    ['image', '\x89PNG\r\n\x1a\n'],
    ['image', '\xff\xd8\xff\xe0'],
    ['unknown', '#EXTM3U'],
    ['unknown', '<svg xmlns="'],
    ['unknown', ''],
  ])('promise %s: %j', (kind, text) => expect(containerSignature(bytes(text))).toBe(kind));
});
