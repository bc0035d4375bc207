import { spawn } from 'node:child_process';

/** A program and its arguments. */
export interface Command {
  command: string;
  args: readonly string[];
}

/**
 * What a tool sees of our environment: where programs are, and nothing of ours, as it works on hostile
 * input. Two malloc arenas keep the address space of many threads within the memory limit.
 */
export const TOOL_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
  LC_ALL: 'C',
  MALLOC_ARENA_MAX: '2',
  // SVT-AV1 tells its settings as if they were errors.
  SVT_LOG: '1',
};

/** What somebody waits for gets three times the share of what nobody does; requests come before both. */
const AWAITED_NICENESS = 5;
const NICENESS = 10;

/** What a tool may use of the machine. */
export interface Limits {
  memoryLimitBytes: number;
  /** True where somebody waits for its work. */
  isAwaited?: boolean | undefined;
}

/** Exit codes with which the wrappers say that the program was not found or would not run. */
export const NOT_STARTED_EXIT_CODES: readonly number[] = [126, 127];

const CHECK_MEMORY_BYTES = 1 << 30;

/**
 * Wraps a command so that it runs at low priority, within an address space of `memoryLimitBytes`, and is
 * killed by the kernel should this process die. What the machine does not offer is left out. Each wrapper
 * execs the next, so the process id stays that of the tool.
 */
export async function limited(
  command: Command,
  { memoryLimitBytes, isAwaited = false }: Limits,
): Promise<Command> {
  const [nice, dieWithParent, memory] = await availableWrappers();
  const words = [
    ...(nice ? niceWords(isAwaited ? AWAITED_NICENESS : NICENESS) : []),
    ...(dieWithParent ? dieWithParentWords : []),
    ...(memory ? memoryWords(memoryLimitBytes) : []),
    command.command,
    ...command.args,
  ];
  return { command: words[0] ?? command.command, args: words.slice(1) };
}

const niceWords = (niceness: number) => ['nice', '-n', `${niceness}`];
const dieWithParentWords = ['setpriv', '--pdeathsig', 'KILL', '--'];
const memoryWords = (bytes: number) => ['prlimit', `--as=${bytes}`, '--'];

let wrappers: Promise<boolean[]> | undefined;

/** Asked once: the machine does not change under us. */
function availableWrappers(): Promise<boolean[]> {
  wrappers ??= Promise.all(
    [niceWords(NICENESS), dieWithParentWords, memoryWords(CHECK_MEMORY_BYTES)].map(canRun),
  );
  return wrappers;
}

function canRun([command = '', ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args, 'true'], { stdio: 'ignore', env: TOOL_ENVIRONMENT });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
