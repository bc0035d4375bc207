/** How a tool's process came to fail. */
export type ToolFailureReason = 'exit' | 'stalled' | 'timeout' | 'aborted' | 'spawn' | 'flood';

/** What is known of a process that failed. */
export interface ToolFailureFacts {
  tool: string;
  reason: ToolFailureReason;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Last lines the process wrote to stderr, oldest first. */
  logTail: readonly string[];
}

/** A tool that did not do its work, for a reason that may pass: trying again makes sense. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
  readonly reason: ToolFailureReason;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly logTail: readonly string[];

  constructor(facts: ToolFailureFacts) {
    super(sentence(facts));
    this.reason = facts.reason;
    this.exitCode = facts.exitCode;
    this.signal = facts.signal;
    this.logTail = facts.logTail;
  }
}

function sentence({ tool, reason, exitCode, signal, logTail }: ToolFailureFacts): string {
  switch (reason) {
    case 'aborted':
      return `${tool} was stopped.`;
    case 'stalled':
      return `${tool} made no progress and was killed.`;
    case 'timeout':
      return `${tool} ran for too long and was killed.`;
    case 'flood':
      return `${tool} said more than can be read and was killed.`;
    case 'spawn':
      return `${tool} could not be started: ${logTail.at(-1) ?? 'no reason given'}`;
    case 'exit':
      return `${tool} failed (${signal ?? `exit code ${exitCode ?? '?'}`}): ${logTail.at(-1) ?? 'no message'}`;
  }
}
