import fc from 'fast-check';
import { networkOf } from '../../../src/common/network-of.js';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:CB00:7107', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
  ['2001:db8::/64', '2001:db8::/64'],
  ['127.1', '127.1'],
  ['999.0.0.1', '999.0.0.1'],
  ['localhost', 'localhost'],
  [':', ':'],
  ['', ''],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

const part = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const halfAddress = fc.array(part, { minLength: 4, maxLength: 4 }).map((parts) => parts.join(':'));
/** Not within ::/64, where the IPv4-mapped addresses are. */
const networkPart = halfAddress.filter((half) => !/^[0:]+$/.test(half));

test('all addresses of a /64 are one, and those of another are another', () => {
  fc.assert(
    fc.property(
      networkPart,
      networkPart,
      halfAddress,
      halfAddress,
      (one, other, host, neighbour) => {
        expect(networkOf(`${one}:${neighbour}`)).toBe(networkOf(`${one}:${host}`));
        fc.pre(one !== other);
        expect(networkOf(`${other}:${host}`)).not.toBe(networkOf(`${one}:${host}`));
      },
    ),
  );
});

test('an IPv4 address is itself, also when it is mapped', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(networkOf(address)).toBe(address);
      expect(networkOf(`::ffff:${address}`)).toBe(address);
    }),
  );
});

test('the network of a network is itself, and no text is too strange', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4Extended(), fc.ipV6(), fc.string({ unit: 'binary' })), (text) => {
      expect(networkOf(networkOf(text))).toBe(networkOf(text));
    }),
  );
});
