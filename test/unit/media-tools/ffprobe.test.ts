import { readFileSync, writeFileSync, appendFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { MediaFault } from '../../../src/media/media-fault.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { ToolFailure } from '../../../src/media-tools/tool-failure.js';
import { clipFolder, fastH264, picture, tone } from './clips.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const probe = (path: string) => probeSource(path, { ffprobePath: 'ffprobe', limitSeconds: 5 });

async function refusal(name: string, content: string | Uint8Array): Promise<string> {
  const path = clips.path(name);
  writeFileSync(path, content);
  try {
    await probe(path);
  } catch (error) {
    if (error instanceof MediaFault) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('probing a source', () => {
  it('describes and measures a plain clip', async () => {
    const path = clips.make('plain.mp4', ...picture(2), ...tone(2), ...fastH264, '-c:a', 'aac');
    expect(await probe(path)).toMatchObject({
      durationSeconds: 2,
      video: { codec: 'h264', displayWidth: 320, displayHeight: 240, frameRate: 25 },
      audio: [{ codec: 'aac', channels: 1 }],
    });
  });

  it('turns a rotated clip and squares anamorphic pixels', async () => {
    const wide = clips.make('wide.mp4', ...picture(0.2), '-vf', 'setsar=16/11', ...fastH264);
    expect((await probe(wide)).video).toMatchObject({ displayWidth: 465, displayHeight: 240 });
    const turn = ['-c', 'copy', '-metadata:s:v:0', 'rotate=90'];
    const turned = clips.make('turned.mp4', '-i', wide, ...turn);
    expect((await probe(turned)).video).toMatchObject({ displayWidth: 240, displayHeight: 465 });
  });

  it('measures what plays when the clock jumps', async () => {
    const stream = [...picture(1), ...tone(1), ...fastH264, '-c:a', 'aac', '-f', 'mpegts'];
    const path = clips.make('jump.ts', ...stream);
    const later = clips.make('later.ts', ...stream, '-output_ts_offset', '4000');
    appendFileSync(path, readFileSync(later));
    const source = await probe(path);
    expect(source.claimedDurationSeconds).toBeGreaterThan(4000);
    expect(source.durationSeconds).toBeCloseTo(2, 0);
  });

  it('measures what is left of a file that was cut off', async () => {
    const long = ['-g', '25', '-movflags', '+faststart'];
    const whole = clips.make('whole.mp4', ...picture(30, 5), ...fastH264, ...long);
    const bytes = readFileSync(whole);
    writeFileSync(clips.path('cut.mp4'), bytes.subarray(0, bytes.length / 2));
    const source = await probe(clips.path('cut.mp4'));
    expect(source.claimedDurationSeconds).toBe(30);
    expect(source.durationSeconds).toBeLessThan(25);
  });

  it('measures a recording that names no duration', async () => {
    const args = ['-c:v', 'libvpx', '-deadline', 'realtime', '-live', '1', '-f', 'webm', 'pipe:1'];
    const live = execFileSync('ffmpeg', ['-v', 'error', ...picture(1), ...args]);
    writeFileSync(clips.path('live.webm'), live);
    expect((await probe(clips.path('live.webm'))).durationSeconds).toBeCloseTo(1, 1);
  });

  it('refuses what is no video, whatever its name', async () => {
    expect(await refusal('empty.mp4', '')).toBe('upload.empty');
    expect(await refusal('text.mp4', 'not a video\n'.repeat(200))).toBe('source.not_a_video');
    expect(await refusal('svg.mp4', '<svg xmlns="http://www.w3.org/2000/svg"/>')).toBe(
      'source.not_a_video',
    );
    const noise = Uint8Array.from({ length: 100_000 }, (_, at) => (at * at * 31 + at * 7) % 251);
    expect(await refusal('noise.mp4', noise)).toBe('source.not_a_video');
    const still = clips.make('still.png', ...picture(1, 1), '-frames:v', '1');
    expect(await refusal('still.mp4', readFileSync(still))).toBe('source.not_a_video');
  });

  it('refuses audio, with or without a cover', async () => {
    const path = clips.make('audio.m4a', ...tone(1), '-c:a', 'aac');
    expect(await refusal('audio.mp4', readFileSync(path))).toBe('source.no_video_stream');
    const wave = clips.make('audio.wav', ...tone(0.1));
    expect(await refusal('audio.mov', readFileSync(wave))).toBe('source.no_video_stream');
  });

  it('tells a broken video from none', async () => {
    const whole = readFileSync(clips.make('end.mp4', ...picture(1), ...fastH264));
    const broken = whole.subarray(0, whole.length * 0.6);
    expect(await refusal('broken.mp4', broken)).toBe('source.unreadable');
  });

  it('opens no other file that a hostile one names', async () => {
    // Nobody writes to this pipe: whoever opens it hangs, and the probe would run into its limit.
    const trap = clips.path('trap');
    execFileSync('mkfifo', [trap]);
    const hls = `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${trap}\n#EXT-X-ENDLIST\n`;
    expect(await refusal('hls.mp4', hls)).toBe('source.not_a_video');
    const concat = `ffconcat version 1.0\nfile trap\n`;
    expect(await refusal('concat.mkv', concat)).toBe('source.not_a_video');
    const dash = `<MPD><Period><AdaptationSet><BaseURL>${trap}</BaseURL></AdaptationSet></Period></MPD>`;
    expect(await refusal('dash.mp4', dash)).toBe('source.not_a_video');
  });

  it('does not blame the file for a missing tool or file', async () => {
    const path = clips.make('fine.mp4', ...picture(0.2), ...fastH264);
    await expect(probeSource(path, { ffprobePath: '/no/ffprobe' })).rejects.toThrow(ToolFailure);
    await expect(probe(clips.path('missing.mp4'))).rejects.toThrow('ENOENT');
  });
});
