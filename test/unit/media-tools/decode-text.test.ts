import { decodeText } from '../../../src/media-tools/decode-text.js';
import { growth } from '../../support/growth.js';

/** Lines of a language, and their bytes in an encoding that Node.js can read but not write. */
const SAMPLES: Record<string, { text: string; lines: string[] }> = {
  'windows-1252': {
    text: 'Où est-il passé ? Il a dû être blessé à l’épaule…|Ça fait déjà trois années que le garçon était là,|Señor, ¿dónde está el baño? — Qué lástima, niño.',
    lines: [
      '4ff9206573742d696c2070617373e9203f20496c20612064fb20ea74726520626c657373e920e0206c92e97061756c6585',
      'c76120666169742064e96ae02074726f697320616e6ee9657320717565206c6520676172e76f6e20e974616974206ce02c',
      '5365f16f722c20bf64f36e646520657374e120656c206261f16f3f2097205175e9206ce17374696d612c206e69f16f2e',
    ],
  },
  'iso-8859-2': {
    text: 'Gdzie są moje książki? Zostawiłem je na półce wczoraj.|Nie wiem, może ktoś je wziął, gdy byłeś w łazience.|Cześć, jak się masz? Dziękuję, świetnie, a ty?',
    lines: [
      '47647a69652073b1206d6f6a65206b7369b1bf6b693f205a6f7374617769b3656d206a65206e612070f3b363652077637a6f72616a2e',
      '4e6965207769656d2c206d6fbf65206b746fb6206a6520777a69b1b32c20676479206279b365b6207720b3617a69656e63652e',
      '437a65b6e62c206a616b207369ea206d61737a3f20447a69ea6b756aea2c20b6776965746e69652c20612074793f',
    ],
  },
  'windows-1251': {
    text: 'Где ты был вчера вечером? Я тебя ждал.|Извини, я не мог прийти, было много работы.|Спасибо большое, до свидания.',
    lines: [
      'c3e4e520f2fb20e1fbeb20e2f7e5f0e020e2e5f7e5f0eeec3f20df20f2e5e1ff20e6e4e0eb2e',
      'c8e7e2e8ede82c20ff20ede520eceee320eff0e8e9f2e82c20e1fbebee20ecedeee3ee20f0e0e1eef2fb2e',
      'd1efe0f1e8e1ee20e1eeebfcf8eee52c20e4ee20f1e2e8e4e0ede8ff2e',
    ],
  },
  shift_jis: {
    text: 'これはどこへ行くのですか？|私は昨日、東京で友達に会いました。|すみません、もう一度言ってください。',
    lines: [
      '82b182ea82cd82c782b182d68d7382ad82cc82c582b782a98148',
      '8e8482cd8df093fa8141938c8b9e82c59746924282c989ef82a282dc82b582bd8142',
      '82b782dd82dc82b982f1814182e082a488ea93788cbe82c182c482ad82be82b382a28142',
    ],
  },
  gb18030: {
    text: '你好，我们今天要去哪里？|他昨天在北京见到了他的朋友。|对不起，请再说一遍好吗？',
    lines: [
      'c4e3bac3a3acced2c3c7bdf1ccecd2aac8a5c4c4c0efa3bf',
      'cbfbd7f2ccecd4dab1b1bea9bcfbb5bdc1cbcbfbb5c4c5f3d3d1a1a3',
      'b6d4b2bbc6f0a3acc7ebd4d9cbb5d2bbb1e9bac3c2f0a3bf',
    ],
  },
};

/** Subtitles are mostly digits and line feeds, in whatever language they are. */
function cues(lines: string[]): string {
  const time = (at: number) => `00:00:${String(at).padStart(2, '0')},000`;
  return lines
    .map((line, at) => `${at + 1}\n${time(at)} --> ${time(at + 1)}\n${line}\n\n`)
    .join('');
}

const french = cues(['Où est-il passé ? Il a dû être blessé…', 'Ça fait déjà trois années.']);

describe('text is read', () => {
  test.each(Object.entries(SAMPLES))('in %s', (_, { text, lines }) => {
    // Times and numbers are ASCII in all of them.
    const bytes = lines.map((hex) => Buffer.from(hex, 'hex').toString('latin1'));
    const file = Buffer.from(cues(bytes), 'latin1');
    expect(decodeText(file)).toBe(cues(text.split('|')));
  });

  test('in UTF-8, with a byte order mark and without', () => {
    expect(decodeText(Buffer.from(french))).toBe(french);
    expect(decodeText(Buffer.from(`\uFEFF${french}`))).toBe(french);
  });

  test.each(['Où est-il ?', 'Привет, как дела?', '日本語の字幕'])('in UTF-16: %s', (line) => {
    const text = cues([line, line]);
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    expect(decodeText(little)).toBe(text);
    expect(decodeText(big)).toBe(text);
    expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), little]))).toBe(text);
    expect(decodeText(Buffer.concat([Buffer.from([0xfe, 0xff]), big]))).toBe(text);
  });

  test('whatever the bytes are', () => {
    expect(decodeText(Buffer.alloc(0))).toBe('');
    for (let first = 0; first < 256; first += 1) {
      expect(typeof decodeText(Buffer.from([first, 0x80, 0xff, 0x00, first]))).toBe('string');
    }
  });

  test.each([Buffer.from('caf\xe9 \xff\n', 'latin1'), 0xe9, 0x0a])(
    'of 5 MB of %p, in no more time than its length',
    (bytes) => {
      const decode = (size: number) => decodeText(Buffer.alloc(size, bytes));
      expect(growth(decode, 5 * 1024 * 1024)).toBeLessThan(10);
    },
  );
});
