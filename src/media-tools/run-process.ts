import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { limited, NOT_STARTED_EXIT_CODES, TOOL_ENVIRONMENT } from './process-limits.js';
import { ToolFailure, type ToolFailureReason } from './tool-failure.js';

/** One run of a tool. */
export interface ProcessOptions {
  command: string;
  args: readonly string[];
  /** Written to the tool's stdin, which is then closed. */
  input?: readonly Uint8Array[];
  /**
   * Each takes what the tool writes to a file descriptor of its own: 3, 4 and so on. The tool waits for
   * them; when one fails, the tool is stopped, and that failure is told.
   */
  outputs?: readonly OutputReader[];
  /** Takes each line of stdout as it comes; when it throws, the tool is stopped, and that is told. */
  onLine?: (line: string) => void;
  /** Says whether a line of stdout shows progress; every line does when absent. */
  isProgress?: (line: string) => boolean;
  /** Says whether there was progress elsewhere since it was last asked, before a silent tool is killed. */
  hasAdvanced?: () => boolean;
  /** Killed after this long without progress. */
  stallSeconds?: number;
  /** Killed after this long, whatever it does. */
  limitSeconds?: number;
  /** Address space the tool may use. */
  memoryLimitBytes?: number;
  /** True where somebody waits for its work: it comes before other tools. */
  isAwaited?: boolean;
  signal?: AbortSignal | undefined;
}

export type OutputReader = (bytes: Readable) => Promise<void>;

/** Five 1080p encoders of eight threads each map 3.3 GiB; 2160p and HDR sources need more. */
const DEFAULT_MEMORY_LIMIT_BYTES = 8 * 2 ** 30;

/** How long SIGTERM is given before SIGKILL: cancelling takes less than two seconds. */
const TERMINATE_MS = 1_000;

/** Longer than any line we read: what a source says of itself may fill our memory otherwise. */
const MAX_LINE_BYTES = 2 ** 20;

const LOG_TAIL_LINES = 20;
const LOG_LINE_LENGTH = 500;

/**
 * Runs a tool by its argument vector, never through a shell, and resolves with the tail of its stderr
 * when it exits with 0.
 * @throws ToolFailure in every other case; the process is gone by then
 * @throws whatever a reader of its outputs or lines threw
 */
export async function runProcess(options: ProcessOptions): Promise<readonly string[]> {
  const { signal, memoryLimitBytes = DEFAULT_MEMORY_LIMIT_BYTES, isAwaited } = options;
  const { command, args } = await limited(options, { memoryLimitBytes, isAwaited });
  const logTail: string[] = [];
  const fail = (reason: ToolFailureReason, exit?: Exit) =>
    new ToolFailure({
      tool: options.command,
      reason,
      exitCode: exit?.code ?? null,
      signal: exit?.signal ?? null,
      logTail,
    });
  if (signal?.aborted) throw fail('aborted');

  const { outputs = [] } = options;
  const pipes = outputs.map(() => 'pipe' as const);
  const child = spawn(command, args, {
    env: TOOL_ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'pipe', ...pipes],
  });
  const killer = new Killer(child);
  const stall = restartable(options.stallSeconds, () => {
    if (options.hasAdvanced?.()) stall.restart();
    else killer.kill('stalled');
  });
  const limit = restartable(options.limitSeconds, () => killer.kill('timeout'));
  const abort = () => killer.kill('aborted');
  signal?.addEventListener('abort', abort, { once: true });
  createInterface({ input: child.stderr }).on('line', (line) => keepTail(logTail, line));
  child.stdout.on('data', longLineWatch(killer));
  const refused: unknown[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (refused.length > 0) return;
    if (options.isProgress?.(line) ?? true) stall.restart();
    try {
      options.onLine?.(line);
    } catch (error) {
      refused.push(error);
      killer.kill('aborted');
    }
  });
  feed(child, options.input ?? []);
  const read = readOutputs(child, outputs, killer);
  // Its failure is told below, once the process is gone.
  read.catch(() => undefined);
  try {
    const exit = await exitOf(child, logTail);
    await read;
    if (refused.length > 0) throw refused[0];
    if (killer.reason) throw fail(killer.reason, exit);
    if (exit.code === null && exit.signal === null) throw fail('spawn');
    if (NOT_STARTED_EXIT_CODES.includes(exit.code ?? 0)) throw fail('spawn', exit);
    if (exit.code !== 0) throw fail('exit', exit);
    return logTail;
  } finally {
    signal?.removeEventListener('abort', abort);
    stall.stop();
    limit.stop();
    killer.stop();
  }
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Ends a process politely, then by force; remembers why. */
class Killer {
  reason: ToolFailureReason | undefined;
  private force: NodeJS.Timeout | undefined;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {}

  kill(reason: ToolFailureReason): void {
    if (this.reason) return;
    this.reason = reason;
    this.child.kill('SIGTERM');
    this.force = setTimeout(() => this.child.kill('SIGKILL'), TERMINATE_MS);
  }

  stop(): void {
    clearTimeout(this.force);
  }
}

/** Resolves once the process is gone and all its output was read; with nulls when it never started. */
function exitOf(child: ChildProcessWithoutNullStreams, logTail: string[]): Promise<Exit> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      keepTail(logTail, error.message);
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      resolve({ code, signal });
    });
  });
}

/** A tool may stop reading at any time: its exit code tells, not the broken pipe. */
function feed(child: ChildProcessWithoutNullStreams, input: readonly Uint8Array[]): void {
  child.stdin.on('error', () => undefined);
  for (const bytes of input) child.stdin.write(bytes);
  child.stdin.end();
}

/** @throws the first failure of a reader, once all have ended */
async function readOutputs(
  child: ChildProcessWithoutNullStreams,
  outputs: readonly OutputReader[],
  killer: Killer,
): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    outputs.map(async (reader, at) => {
      const stream = child.stdio[3 + at] as Readable;
      try {
        await reader(stream);
      } catch (error) {
        failures.push(error);
        killer.kill('aborted');
      } finally {
        stream.destroy();
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}

/** Ends a tool that begins a line and does not stop. */
function longLineWatch(killer: Killer): (chunk: Buffer) => void {
  let lineBytes = 0;
  return (chunk) => {
    const lastEnd = chunk.lastIndexOf('\n');
    lineBytes = lastEnd === -1 ? lineBytes + chunk.length : chunk.length - lastEnd - 1;
    if (lineBytes > MAX_LINE_BYTES) killer.kill('flood');
  };
}

function keepTail(tail: string[], line: string): void {
  if (line.trim() === '') return;
  tail.push(line.slice(0, LOG_LINE_LENGTH));
  if (tail.length > LOG_TAIL_LINES) tail.shift();
}

function restartable(seconds: number | undefined, onElapsed: () => void) {
  const timer = seconds === undefined ? undefined : setTimeout(onElapsed, seconds * 1000);
  return { restart: () => timer?.refresh(), stop: () => clearTimeout(timer) };
}
