import fc from 'fast-check';
import { deviceName } from '../../../src/auth/device-name.js';
import { growth } from '../../support/growth.js';

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0', 'Firefox on Linux'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36`, 'Chrome on Windows'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36 Edg/131.0.2903.86`,
    'Microsoft Edge on Windows',
  ],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.1 Safari/605.1.15`,
    'Safari on macOS',
  ],
  [`${IPHONE} ${WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1`, 'Safari on iPhone'],
  [`${IPHONE} ${WEBKIT} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`, 'Chrome on iPhone'],
  [
    `Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) ${WEBKIT} Version/17.6 Mobile/15E148 Safari/604.1`,
    'Safari on iPad',
  ],
  [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`, 'Chrome on Android'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0', 'Firefox on Android'],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36',
    'Samsung Internet on Android',
  ],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Safari/537.36`, 'Chrome on Chrome OS'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${BLINK} Safari/537.36 OPR/116.0.0.0`, 'Opera on Linux'],
  [
    'Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/6.0 TV Safari/538.1',
    'Tizen',
  ],
  ['Videoflix/1.0 (iPhone; iOS 18.1; Scale/3.00)', 'Videoflix on iPhone'],
  ['Apache-HttpClient/4.5.14 (Java/17.0.9)', 'Apache-HttpClient'],
  ['curl/8.5.0', 'curl'],
  ['python-requests/2.32.3', 'python-requests'],
  ['node', 'node'],
  ['Mozilla/5.0 (iPhone; ', 'iPhone'],
  ['Mozilla/5.0', 'Unknown device'],
  ['Mozilla/5.0 (compatible)', 'Unknown device'],
  ['', 'Unknown device'],
  [' ', 'Unknown device'],
  ['🦊🦊', 'Unknown device'],
])('%s is %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});

const token = fc.constantFrom(
  ...[
    'Mozilla/5.0',
    'Firefox/1',
    'Safari/',
    'Chrome/131.0',
    'Android 14',
    'iPhone',
    'Windows NT 10',
  ],
  ...[
    'Version/',
    'MSIE 6.0',
    'Mac OS X 10_15_7',
    'Tizen',
    'Opera',
    'bot',
    '(',
    ')',
    '; ',
    '/',
    ' ',
  ],
);

test('any text gives a short name that can be shown anywhere', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(token, fc.string())).map((parts) => parts.join('')),
    fc.array(token).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const name = deviceName(text);
      expect(name).toMatch(/^[\w.+-]([\w .+-]{0,58}[\w.+-])?$/);
    }),
    { numRuns: 1000 },
  );
});

test('a hostile text takes no more time than its length', () => {
  for (const part of [
    '/',
    '(',
    ' ',
    '/ ',
    '(/ ',
    'a/(',
    'Version/',
    'Android ',
    'Opera/9.80 ',
    '\t(',
  ]) {
    const times = growth((repeats) => deviceName(part.repeat(repeats)), 100_000);
    expect([part, times < 10]).toEqual([part, true]);
  }
});
