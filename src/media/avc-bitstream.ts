import { boxAt, boxes, viewOf } from './iso-bmff.js';
import { refuseBitstream as refuse } from './media-fault.js';
import type { InitSegment } from './packager.js';
import { isSync, type Sample } from './samples.js';

/** NAL unit types (ITU-T H.264 table 7-1). */
const IDR_SLICE = 5;
const SEQUENCE_PARAMETERS = 7;
const PICTURE_PARAMETERS = 8;

/**
 * Makes sure that players can begin at a group of H.264 pictures: its key frame is an IDR picture, and the
 * parameters are those of the init segment.
 * @throws MediaFault `source.damaged` when they cannot
 */
export function assertDecodable([key, ...others]: readonly Sample[], init: InitSegment): void {
  if (!key || !isSync(key) || others.some(isSync)) refuse('no key frame where one is due');
  const { lengthBytes, parameters } = avcConfiguration(init.bytes);
  const units = [...nalUnits(key.data, lengthBytes)];
  if (!units.some((unit) => typeOf(unit) === IDR_SLICE)) refuse('a key frame that is no IDR');
  const changed = units
    .filter((unit) => [SEQUENCE_PARAMETERS, PICTURE_PARAMETERS].includes(typeOf(unit)))
    .some((unit) => !parameters.some((known) => Buffer.compare(known, unit) === 0));
  if (changed) refuse('parameters that change');
}

function typeOf(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 0x1f;
}

/** Units with their length in front (ISO/IEC 14496-15 5.3.2). */
function* nalUnits(data: Uint8Array, lengthBytes: number): Generator<Uint8Array> {
  for (let at = 0; at + lengthBytes < data.length;) {
    const length = Buffer.from(data.buffer, data.byteOffset + at, lengthBytes).readUIntBE(
      0,
      lengthBytes,
    );
    if (length === 0 || at + lengthBytes + length > data.length) refuse('a broken picture');
    yield data.subarray(at + lengthBytes, at + lengthBytes + length);
    at += lengthBytes + length;
  }
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1). */
function avcConfiguration(init: Uint8Array) {
  const stsd = boxAt(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']);
  const entry = stsd && boxes(stsd.subarray(8))[0];
  const avcC = entry && boxAt(entry.payload.subarray(78), ['avcC']);
  if (!avcC) return refuse('no parameters');
  const view = viewOf(avcC);
  const parameters: Uint8Array[] = [];
  let at = 5;
  // First the sequence's, then the pictures'; the latter's count has no bits reserved.
  for (const countBits of [0x1f, 0xff]) {
    let sets = view.getUint8(at) & countBits;
    at += 1;
    for (; sets > 0; sets -= 1) {
      const length = view.getUint16(at);
      parameters.push(avcC.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return { lengthBytes: (view.getUint8(4) & 3) + 1, parameters };
}
