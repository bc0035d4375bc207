import { runProcess } from '../../../src/media-tools/run-process.js';
import { ToolFailure } from '../../../src/media-tools/tool-failure.js';

async function failureOf(options: Parameters<typeof runProcess>[0]): Promise<ToolFailure> {
  try {
    await runProcess(options);
  } catch (error) {
    if (error instanceof ToolFailure) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

const shell = (script: string) => ({ command: 'sh', args: ['-c', script] });

async function output(script: string): Promise<string[]> {
  const lines: string[] = [];
  await runProcess({ ...shell(script), onLine: (line) => lines.push(line) });
  return lines;
}

describe('running a tool', () => {
  it('hands over its lines and the tail of its log', async () => {
    const lines: string[] = [];
    const tail = await runProcess({
      ...shell('echo one; echo two; for i in $(seq 30); do echo "log $i" >&2; done'),
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['one', 'two']);
    expect(tail).toHaveLength(20);
    expect(tail.at(-1)).toBe('log 30');
  });

  it('feeds its input', async () => {
    const lines: string[] = [];
    const input = [Buffer.from('a'), Buffer.from('b\n')];
    await runProcess({ command: 'cat', args: [], input, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['ab']);
  });

  it('does not mind a tool that reads no input', async () => {
    await runProcess({ command: 'true', args: [], input: [Buffer.alloc(5_000_000)] });
  });

  it('gives it low priority and none of our environment', async () => {
    process.env['A_SECRET'] = 'secret';
    const lines = await output('nice; env');
    expect(Number(lines[0])).toBeGreaterThanOrEqual(10);
    expect(lines.join()).not.toContain('secret');
  });

  it('limits its memory', async () => {
    const failure = await failureOf({
      command: process.execPath,
      args: ['-e', ''],
      memoryLimitBytes: 64 * 2 ** 20,
    });
    expect(failure.reason).toBe('exit');
  });

  it('tells how it failed', async () => {
    const failure = await failureOf(shell('echo why >&2; exit 3'));
    expect(failure).toMatchObject({ reason: 'exit', exitCode: 3, logTail: ['why'] });
    expect(failure.message).toContain('why');
  });

  it('tells that it could not be started', async () => {
    expect((await failureOf({ command: '/no/such/tool', args: [] })).reason).toBe('spawn');
  });

  it('kills a tool that shows no progress', async () => {
    const failure = await failureOf({ command: 'sleep', args: ['30'], stallSeconds: 0.2 });
    expect(failure).toMatchObject({ reason: 'stalled', signal: 'SIGTERM' });
  });

  it('leaves one alone that does', async () => {
    const slow = shell('for i in 1 2 3 4; do echo $i; sleep 0.2; done');
    await runProcess({ ...slow, stallSeconds: 0.6 });
    const failure = await failureOf({ ...slow, stallSeconds: 0.3, isProgress: (l) => l === '1' });
    expect(failure.reason).toBe('stalled');
  });

  it('leaves a silent one alone for as long as something else shows its progress', async () => {
    let files = 3;
    const silent = { command: 'sleep', args: ['30'], stallSeconds: 0.2 };
    const began = Date.now();
    const failure = await failureOf({ ...silent, hasAdvanced: () => files-- > 0 });
    expect(failure.reason).toBe('stalled');
    expect(Date.now() - began).toBeGreaterThanOrEqual(790);
  });

  it('kills a tool that takes too long', async () => {
    const failure = await failureOf({ command: 'sleep', args: ['30'], limitSeconds: 0.2 });
    expect(failure.reason).toBe('timeout');
  });

  it('kills within two seconds one that ignores SIGTERM', async () => {
    const abort = new AbortController();
    const started = Date.now();
    setTimeout(() => abort.abort(), 200);
    const failure = await failureOf({
      ...shell('trap "" TERM; while :; do sleep 0.1; done'),
      signal: abort.signal,
    });
    expect(failure).toMatchObject({ reason: 'aborted', signal: 'SIGKILL' });
    expect(Date.now() - started).toBeLessThan(2200);
  });

  it('starts nothing once it is cancelled', async () => {
    const failure = await failureOf({ ...shell('echo'), signal: AbortSignal.abort() });
    expect(failure.reason).toBe('aborted');
  });
});
