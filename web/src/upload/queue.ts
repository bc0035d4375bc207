/** Two use what most lines have, and leave connections to the rest of the page. */
export const AT_ONCE = 2;

export type UploadState =
  /** Until one of those before it is through. */
  | { name: 'waiting' }
  | { name: 'sending' }
  | { name: 'paused' }
  /** Something is in the way that goes away; it goes on by itself. */
  | { name: 'stalled'; reason: string }
  | { name: 'failed'; reason: string }
  /** The same file is there already, as this video. */
  | { name: 'duplicate'; videoId: string }
  /** All of it is there; `isSettled` once its processing is over. */
  | { name: 'sent'; videoId: string; isSettled: boolean };

/** One file on its way. */
export interface QueuedUpload {
  /** In this tab. */
  readonly key: string;
  readonly file: File;
  /** What the server is told of it; undefined when it was told in an earlier visit. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** Where it is sent to, once the server has given it a place. */
  readonly url: string | undefined;
  readonly sentBytes: number;
  readonly bytesPerSecond: number | undefined;
  readonly state: UploadState;
}

type Command = 'pause' | 'resume' | 'retry' | 'cancel' | 'remove';

const COMMANDS: Record<UploadState['name'], readonly Command[]> = {
  waiting: ['pause', 'cancel'],
  sending: ['pause', 'cancel'],
  stalled: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry', 'cancel'],
  duplicate: ['remove'],
  sent: ['remove'],
};

/** Whether a command makes sense for an upload as it is. */
export function can(command: Command, { state }: Pick<QueuedUpload, 'state'>): boolean {
  return COMMANDS[state.name].includes(command);
}

/** Whether the upload needs this tab. */
export function isUnderway({ state }: Pick<QueuedUpload, 'state'>): boolean {
  return state.name === 'waiting' || isSeated({ state });
}

/** The uploads that may begin now, in the order in which they came. */
export function startable(uploads: readonly QueuedUpload[]): QueuedUpload[] {
  const seats = Math.max(0, AT_ONCE - uploads.filter(isSeated).length);
  return uploads.filter(({ state }) => state.name === 'waiting').slice(0, seats);
}

/** Which processings are told as they happen: a browser has few connections to one server. */
export function followed(uploads: readonly QueuedUpload[]): ReadonlySet<string> {
  const sent = uploads.flatMap(({ key, state }) => (state.name === 'sent' ? [{ key, state }] : []));
  const settled = sent.filter(({ state }) => state.isSettled);
  const others = sent.filter(({ state }) => !state.isSettled).slice(0, AT_ONCE);
  return new Set([...settled, ...others].map(({ key }) => key));
}

/** From 0 to 100. */
export function percentOf(sentBytes: number, totalBytes: number): number {
  return totalBytes > 0 ? Math.min(100, (sentBytes / totalBytes) * 100) : 0;
}

/** Seconds until the next try; every one in vain doubles them, up to half a minute. */
export function patience(triesInVain: number): number {
  return Math.min(30, 2 ** triesInVain);
}

/** An upload whose connection is lost keeps its seat: others would not get through either. */
function isSeated({ state }: Pick<QueuedUpload, 'state'>): boolean {
  return state.name === 'sending' || state.name === 'stalled';
}
