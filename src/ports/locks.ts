/** Something that only one request at a time may work on, in all processes together. */
export interface HeldLock {
  /** True once the lock may have gone to somebody else; what is begun then must not be finished. */
  readonly isLost: boolean;
  release(): Promise<void>;
}

/** What happens to a lock while it is held. */
export interface LockEvents {
  /** Somebody else waits for it. */
  onWanted?: () => void;
  onLost?: () => void;
}

/** Locks by name. That of a process which dies is free at once. */
export abstract class Locks {
  /**
   * Waits a moment for a lock that somebody else holds, who is told.
   *
   * @returns undefined when they did not let go of it
   */
  abstract acquire(name: string, events?: LockEvents): Promise<HeldLock | undefined>;

  /** Takes a lock if nobody has it; whoever has it is left alone. */
  abstract acquireFree(name: string): Promise<HeldLock | undefined>;
}
