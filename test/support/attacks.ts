import { crc32 } from 'node:zlib';
import { box, boxes, joined, uint32s, viewOf } from '../../src/media/iso-bmff.js';

/** What becomes of the payload of a box; several make several boxes of that type. */
type Change = (payload: Uint8Array) => Uint8Array | Uint8Array[];

/**
 * An MP4 file with every box at a path changed. What follows moves: the file's data has to lie in front of
 * its index, as ffmpeg writes it.
 */
export function withBox(file: Uint8Array, path: readonly string[], change: Change): Uint8Array {
  const [type, ...inner] = path;
  return joined(
    ...boxes(file).flatMap((found) => {
      if (found.type !== type) return [box(found.type, found.payload)];
      const changed =
        inner.length > 0 ? withBox(found.payload, inner, change) : change(found.payload);
      return [changed].flat().map((payload) => box(found.type, payload));
    }),
  );
}

/** Where a table of a track is. */
export function inSampleTable(type: string): string[] {
  return ['moov', 'trak', 'mdia', 'minf', 'stbl', type];
}

/** A table of rows of numbers, behind version, flags and its count. */
export function table(rows: readonly number[][], count = rows.length): Uint8Array {
  return joined(uint32s(0, count), ...rows.map((row) => uint32s(...row)));
}

/** A QuickTime alias (in `dref`) by which a track's data lies in another file. */
export function aliasTo(file: string): Uint8Array {
  const path = Buffer.from(`x${file}`.padEnd(180, '\0'));
  const end = Buffer.from([0xff, 0xff, 0, 0]);
  const head = Buffer.alloc(150);
  // The volume's name, which ffmpeg takes off the front of the path.
  head.set([1, 'x'.charCodeAt(0)], 10);
  // How many folders up and down: the path is taken as it is.
  head.writeUInt16BE(1, 130);
  head.writeUInt16BE(1, 132);
  const record = Buffer.from([0, 2, path.length >> 8, path.length & 0xff]);
  const alias = joined(uint32s(0), head, record, path, end);
  return joined(uint32s(0, 1), box('alis', alias));
}

/** Loops of a whole track, of so many units of the movie's clock each. */
export function loops(count: number, ticks: number): Uint8Array {
  const rows = Array.from({ length: count }, () => [ticks, 0, 0x1_0000]);
  return table(rows);
}

/** Every PNG in a file said to be larger than it is. */
export function withPngSize(file: Uint8Array, width: number, height: number): Uint8Array {
  const made = Buffer.from(file);
  for (let at = made.indexOf('IHDR'); at !== -1; at = made.indexOf('IHDR', at + 1)) {
    made.writeUInt32BE(width, at + 4);
    made.writeUInt32BE(height, at + 8);
    made.writeUInt32BE(crc32(made.subarray(at, at + 17)), at + 17);
  }
  return made;
}

/** JPEGs in a file, from the one at `from` on, said to be larger than they are. */
export function withJpegSize(
  file: Uint8Array,
  width: number,
  height: number,
  from = 0,
): Uint8Array {
  const made = Buffer.from(file);
  const frameHeader = Buffer.from([0xff, 0xc0, 0, 17, 8]);
  let at = made.indexOf(frameHeader);
  for (let picture = 0; at !== -1; picture += 1) {
    if (picture >= from) {
      made.writeUInt16BE(height, at + 5);
      made.writeUInt16BE(width, at + 7);
    }
    at = made.indexOf(frameHeader, at + 1);
  }
  return made;
}

/** A sequence parameter set of H.264 (7.3.2.1), Baseline, for pictures of so many macroblocks. */
export function sequenceParameters(widthInBlocks: number, heightInBlocks: number): Uint8Array {
  const numbers = [0, 0, 0, 0, 1].map(expGolomb).join('');
  const size = [widthInBlocks - 1, heightInBlocks - 1].map(expGolomb).join('');
  // Log2 of the frame numbers, order, references, no gaps; the size; frames only, direct, nothing more.
  const bits = `${numbers}0${size}11001`;
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  const bytes = whole.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  return Uint8Array.from([0x67, 66, 0xc0, 40, ...bytes]);
}

/** 9.1 */
function expGolomb(value: number): string {
  const bits = (value + 1).toString(2);
  return bits.padStart(2 * bits.length - 1, '0');
}

/** A Matroska element; its id in hexadecimal, with the marker of its length. */
export function element(id: string, ...content: (Uint8Array | string | number)[]): Uint8Array {
  const payload = joined(...content.map(bytesOf));
  return joined(Buffer.from(id, 'hex'), elementSize(payload.length), payload);
}

function elementSize(bytes: number): Uint8Array {
  const made = new Uint8Array(8);
  viewOf(made).setBigUint64(0, BigInt(bytes) | (1n << 56n));
  return made;
}

function bytesOf(content: Uint8Array | string | number): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return typeof content === 'string' ? Buffer.from(content) : uint32s(content);
}

/** A Matroska file of MPEG-4 key frames, a second apart; `parts` come in front of them. */
export function matroska(
  frame: Uint8Array,
  tracks: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const clusters = [0, 1, 2, 3].map((second) =>
    element(
      '1f43b675',
      element('e7', second * 1000),
      element('a3', Uint8Array.of(0x81, 0, 0, 0x80), frame),
    ),
  );
  const entries = Array.from({ length: tracks }, (_, at) =>
    element(
      'ae',
      ...[element('d7', at + 1), element('73c5', at + 1), element('83', Uint8Array.of(1))],
      ...[element('86', 'V_MPEG4/ISO/ASP'), element('e0', element('b0', 64), element('ba', 64))],
    ),
  );
  return joined(
    element('1a45dfa3', element('4282', 'matroska'), element('4287', 4), element('4285', 2)),
    element(
      '18538067',
      element('1549a966', element('2ad7b1', 1_000_000)),
      element('1654ae6b', ...entries),
      ...parts,
      ...clusters,
    ),
  );
}

/** Tags of a Matroska file, each with so many control characters, which JSON writes as six. */
export function matroskaTags(count: number, bytes: number): Uint8Array {
  const tags = Array.from({ length: count }, (_, at) =>
    element(
      '7373',
      element('63c0', element('63c5', 1)),
      element('67c8', element('45a3', `T${at}`), element('4487', new Uint8Array(bytes).fill(1))),
    ),
  );
  return element('1254c367', ...tags);
}

/** A transport stream with so many programs of so many streams, and nothing in them. */
export function transportStream(programs: number, streams: number): Uint8Array {
  const pmtPid = (program: number) => 0x20 + program;
  const listed = Array.from({ length: programs }, (_, at) => {
    return [0, at + 1, 0xe0 | (pmtPid(at) >> 8), pmtPid(at) & 0xff];
  });
  const pat = section(0, 1, listed.flat());
  const pmts = Array.from({ length: programs }, (_, program) => {
    const entries = Array.from({ length: streams }, (_, at) => {
      const pid = 0x200 + program * streams + at;
      return [0x1b, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, 0];
    }).flat();
    return packets(pmtPid(program), section(2, program + 1, [0xff, 0xff, 0xf0, 0, ...entries]));
  });
  const once = joined(packets(0, pat), ...pmts);
  return joined(once, once, once);
}

/** ISO/IEC 13818-1 2.4.4.3 and 2.4.4.8 */
function section(tableId: number, id: number, content: readonly number[]): Uint8Array {
  const length = content.length + 9;
  const bytes = [
    ...[tableId, 0xb0 | (length >> 8), length & 0xff, id >> 8, id & 0xff, 0xc1, 0, 0],
    ...content,
  ];
  return joined(Uint8Array.from(bytes), uint32s(mpegCrc(bytes)));
}

function packets(pid: number, payload: Uint8Array): Uint8Array {
  const bytes = joined(Uint8Array.of(0), payload);
  const made: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 184) {
    const packet = new Uint8Array(188).fill(0xff);
    packet.set([0x47, (at === 0 ? 0x40 : 0) | (pid >> 8), pid & 0xff, 0x10 | ((at / 184) & 0xf)]);
    packet.set(bytes.subarray(at, at + 184), 4);
    made.push(packet);
  }
  return joined(...made);
}

/** ISO/IEC 13818-1 annex A */
function mpegCrc(bytes: readonly number[]): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1)
      crc = crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  }
  return crc >>> 0;
}

/** An AVI file whose second stream becomes subtitles, and each frame of it the same text (GAB2). */
export function withSubtitles(avi: Uint8Array, text: string): Uint8Array {
  const made = Buffer.from(avi);
  const stream = made.indexOf('vids', made.lastIndexOf('strh') + 4);
  made.write('txts', stream);
  const content = joined(
    Buffer.from('GAB2\0\x02\0'),
    new Uint8Array(4),
    new Uint8Array(2),
    new Uint8Array(4),
    Buffer.from(text),
  );
  const movie = made.indexOf('movi');
  for (let at = made.indexOf('01d', movie); at !== -1; at = made.indexOf('01d', at + 1)) {
    const bytes = made.readUInt32LE(at + 4);
    if (bytes >= content.length && at + 8 + bytes <= made.length) {
      made.fill('\n', at + 8, at + 8 + bytes).set(content, at + 8);
    }
  }
  return made;
}
