import { PlayingTime, parsePacketLine, tailStartSeconds } from '../../../src/media/playing-time.js';
import type { SourceDescription } from '../../../src/media/source-info.js';
import { source } from './sources.js';

/** Packets of stream 0, 25 a second. */
function play(description: SourceDescription, spans: [from: number, to: number][]) {
  const time = new PlayingTime(description);
  for (const [from, to] of spans) {
    for (let frame = 0; frame < Math.round((to - from) * 25); frame += 1) {
      const at = (from + frame / 25).toFixed(6);
      const packet = parsePacketLine(`0,${at},${at},0.040000`);
      if (packet) time.add(packet);
    }
  }
  return time;
}

const transportStream = source({ container: 'mpegts', startSeconds: 1.4 });

describe('the playing time', () => {
  it('leaves out a jump of a clock that may jump', () => {
    const { durationSeconds } = play(transportStream, [
      [1.4, 4.4],
      [4001.4, 4004.4],
    ]).measured();
    expect(durationSeconds).toBeCloseTo(6);
  });

  it('leaves out a step back, as after a restart of the clock', () => {
    const { durationSeconds } = play(transportStream, [
      [1.4, 4.4],
      [0, 3],
    ]).measured();
    expect(durationSeconds).toBeCloseTo(6);
  });

  it('counts a gap, which will be filled', () => {
    const { durationSeconds } = play(transportStream, [
      [1.4, 4.4],
      [9.4, 10.4],
    ]).measured();
    expect(durationSeconds).toBeCloseTo(9);
  });

  it('finds the frame rate when the headers have none', () => {
    const silent = source({ video: { frameRate: undefined } });
    expect(play(silent, [[0, 4]]).measured().video.frameRate).toBeCloseTo(25);
  });

  it('refuses a source without packets', () => {
    expect(() => new PlayingTime(source()).measured()).toThrow('too damaged');
  });

  it('looks only at the tail of a container that indexes its packets', () => {
    expect(tailStartSeconds(source({ claimedDurationSeconds: 3600 }))).toBe(3590);
    expect(tailStartSeconds(source({ claimedDurationSeconds: 5 }))).toBeUndefined();
    expect(tailStartSeconds({ ...transportStream, claimedDurationSeconds: 3600 })).toBeUndefined();
    expect(tailStartSeconds(source())).toBeUndefined();
  });

  it('skips lines that are no packets', () => {
    expect(parsePacketLine('')).toBeUndefined();
    expect(parsePacketLine('1,N/A,0.5,N/A')).toMatchObject({ streamIndex: 1, durationSeconds: 0 });
  });
});
