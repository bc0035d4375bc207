import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
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

  it('kills one that ignores SIGTERM', async () => {
    const abort = new AbortController();
    let abortedAt = 0;
    const failure = await failureOf({
      ...shell('trap "" TERM; echo deaf; while :; do sleep 0.1; done'),
      onLine: () => {
        abortedAt = Date.now();
        abort.abort();
      },
      signal: abort.signal,
    });
    expect(failure).toMatchObject({ reason: 'aborted', signal: 'SIGKILL' });
    expect(Date.now() - abortedAt).toBeLessThan(10_000);
  });

  it('starts nothing once it is cancelled', async () => {
    const failure = await failureOf({ ...shell('echo'), signal: AbortSignal.abort() });
    expect(failure.reason).toBe('aborted');
  });
});

describe('the outputs of a tool', () => {
  const collect = (into: string[]) => async (bytes: Readable) => {
    into.push(await text(bytes));
  };
  const endless = shell('while :; do echo again >&3 || exit 9; echo more; sleep 0.01; done');

  it('are read each by its own reader', async () => {
    const [first, second]: [string[], string[]] = [[], []];
    const lines: string[] = [];
    await runProcess({
      ...shell('echo one >&3; echo two >&4; echo line; echo three >&3'),
      outputs: [collect(first), collect(second)],
      onLine: (line) => lines.push(line),
    });
    expect([first, second, lines]).toEqual([['one\nthree\n'], ['two\n'], ['line']]);
  });

  it('are read to their ends before it is said to be done', async () => {
    let bytes = 0;
    const slow = async (stream: Readable) => {
      for await (const piece of stream) {
        await sleep(20);
        bytes += (piece as Uint8Array).length;
      }
      await sleep(100);
      bytes += 1;
    };
    await runProcess({ ...shell('head -c 1000000 /dev/zero >&3'), outputs: [slow] });
    expect(bytes).toBe(1_000_001);
  });

  it('stop the tool when their reader fails, whose error is told', async () => {
    const others: string[] = [];
    const broken = new Error('no room');
    const failing = async (stream: Readable) => {
      for await (const piece of stream) if (piece) throw broken;
    };
    const started = Date.now();
    const running = runProcess({ ...endless, outputs: [failing, collect(others)] });
    await expect(running).rejects.toBe(broken);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(others).toEqual(['']);
  });

  it('stop with force a tool that goes on, and nothing is left unhandled meanwhile', async () => {
    const failing = () => Promise.reject(new Error('no room'));
    const stubborn = shell('trap "" TERM; while :; do sleep 0.1; done');
    const started = Date.now();
    await expect(runProcess({ ...stubborn, outputs: [failing] })).rejects.toThrow('no room');
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('come to their ends with a tool that fails or is stopped', async () => {
    const read: string[] = [];
    const outputs = [collect(read)];
    expect(await failureOf({ ...shell('echo half >&3; exit 3'), outputs })).toMatchObject({
      reason: 'exit',
      exitCode: 3,
    });
    expect(read).toEqual(['half\n']);
    const stopped = await failureOf({ ...endless, outputs, limitSeconds: 0.2 });
    expect(stopped.reason).toBe('timeout');
    const missing = await failureOf({ command: '/no/such/tool', args: [], outputs });
    expect(missing.reason).toBe('spawn');
    expect(read).toHaveLength(3);
  });
});
