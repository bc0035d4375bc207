import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { limited, NOT_STARTED_EXIT_CODES, TOOL_ENVIRONMENT } from './process-limits.js';
import { ToolFailure, type ToolFailureReason } from './tool-failure.js';

/** One run of a tool. */
export interface ProcessOptions {
  command: string;
  args: readonly string[];
  /** Written to the tool's stdin, which is then closed. */
  input?: readonly Uint8Array[];
  /** Takes each line of stdout as it comes. */
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
  signal?: AbortSignal | undefined;
}

/** Five 1080p encoders of eight threads each map 3.3 GiB; 2160p and HDR sources need more. */
const DEFAULT_MEMORY_LIMIT_BYTES = 8 * 2 ** 30;

/** How long SIGTERM is given before SIGKILL: cancelling takes less than two seconds. */
const TERMINATE_MS = 1_000;

const LOG_TAIL_LINES = 20;
const LOG_LINE_LENGTH = 500;

/**
 * Runs a tool by its argument vector, never through a shell, and resolves with the tail of its stderr
 * when it exits with 0.
 * @throws ToolFailure in every other case; the process is gone by then
 */
export async function runProcess(options: ProcessOptions): Promise<readonly string[]> {
  const { signal, memoryLimitBytes = DEFAULT_MEMORY_LIMIT_BYTES } = options;
  const { command, args } = await limited(options, memoryLimitBytes);
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

  const child = spawn(command, args, { env: TOOL_ENVIRONMENT });
  const killer = new Killer(child);
  const stall = restartable(options.stallSeconds, () => {
    if (options.hasAdvanced?.()) stall.restart();
    else killer.kill('stalled');
  });
  const limit = restartable(options.limitSeconds, () => killer.kill('timeout'));
  const abort = () => killer.kill('aborted');
  signal?.addEventListener('abort', abort, { once: true });
  createInterface({ input: child.stderr }).on('line', (line) => keepTail(logTail, line));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (options.isProgress?.(line) ?? true) stall.restart();
    options.onLine?.(line);
  });
  feed(child, options.input ?? []);
  try {
    const exit = await exitOf(child, logTail);
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

function keepTail(tail: string[], line: string): void {
  if (line.trim() === '') return;
  tail.push(line.slice(0, LOG_LINE_LENGTH));
  if (tail.length > LOG_TAIL_LINES) tail.shift();
}

function restartable(seconds: number | undefined, onElapsed: () => void) {
  const timer = seconds === undefined ? undefined : setTimeout(onElapsed, seconds * 1000);
  return { restart: () => timer?.refresh(), stop: () => clearTimeout(timer) };
}
