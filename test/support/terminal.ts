import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { environment } from './server.js';
import { until } from './until.js';

/** A program on a terminal of its own, and somebody who reads and types there. */
export class Terminal {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly ended: Promise<unknown>;
  private screen = '';
  private readUpTo = 0;

  constructor(command: readonly string[], settings: Record<string, string>) {
    const line = command.map((word) => `'${word}'`).join(' ');
    this.child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: environment({ TERM: 'xterm', SHELL: '/bin/sh', ...settings }),
    });
    this.child.stdout.on('data', (chunk: Buffer) => (this.screen += chunk.toString()));
    this.ended = once(this.child, 'close');
  }

  /** Everything that was on the screen, without colours. */
  get text(): string {
    return stripVTControlCharacters(this.screen);
  }

  /** Waits for a text that comes after all that was waited for before. */
  async reads(wanted: string): Promise<void> {
    await until(
      () => {
        const at = this.text.indexOf(wanted, this.readUpTo);
        if (at < 0) return false;
        this.readUpTo = at + wanted.length;
        return true;
      },
      { what: `"${wanted}" on the screen` },
    );
  }

  /** Types an answer and Enter. */
  types(answer: string): void {
    this.child.stdin.write(`${answer}\r`);
  }

  presses(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** The exit code of the program. */
  async code(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
