import { metadataOf, type Details, type Metadata } from './details';
import { fingerprintOf, idOf } from './matching';
import { forgetUpload } from './memory';
import { CONNECTION_LOST, type Outcome } from './outcome';
import { can, isUnderway, patience, startable, type QueuedUpload, type UploadState } from './queue';
import { discardUpload } from './requests';
import { speedometer } from './speedometer';
import { Transfer } from './transfer';

export interface NewUpload {
  file: File;
  /** Of a file that was not begun earlier. */
  details?: Details;
  /** Where one that was begun earlier goes on. */
  url?: string;
  sentBytes?: number;
}

interface Attempts {
  transfer: Transfer;
  /** Tries since the server last got more of the file. */
  inVain: number;
  storedBytes: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** The files of one user that go up from this tab. They go on while other pages are looked at. */
export class Uploads {
  private list: readonly QueuedUpload[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly attempts = new Map<string, Attempts>();
  /** The ids of all uploads that this tab has had to do with. */
  private readonly ids = new Set<string>();
  private readonly ending = new AbortController();

  constructor(readonly userId: string) {
    const { signal } = this.ending;
    window.addEventListener('online', () => this.connected(), { signal });
    window.addEventListener('offline', () => this.disconnected(), { signal });
    const warn = (event: BeforeUnloadEvent) => {
      if (this.list.some(isUnderway)) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn, { signal });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly QueuedUpload[] => this.list;

  /** Whether a file is on its way already. */
  has(fingerprint: string): boolean {
    return this.list.some(
      ({ file, state }) =>
        fingerprintOf(file) === fingerprint && !['duplicate', 'sent'].includes(state.name),
    );
  }

  isOfThisTab(url: string): boolean {
    return this.ids.has(idOf(url));
  }

  add(uploads: readonly NewUpload[]): void {
    for (const { url } of uploads) if (url !== undefined) this.ids.add(idOf(url));
    const added = uploads.map(({ file, details, url, sentBytes = 0 }): QueuedUpload => {
      const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
      const state: UploadState = { name: 'waiting' };
      const metadata = details && metadataOf(file, details);
      return { key, file, metadata, url, sentBytes, bytesPerSecond: undefined, state };
    });
    this.show([...this.list, ...added]);
    this.startNext();
  }

  pause(key: string): void {
    this.stop(key);
    this.change(key, { state: { name: 'paused' }, bytesPerSecond: undefined });
    this.startNext();
  }

  /** Goes on with one that was paused, or has failed. */
  resume(key: string): void {
    this.change(key, { state: { name: 'waiting' } });
    this.startNext();
  }

  /** Sends a file that is there already all the same. */
  sendAnyway(key: string): void {
    const { metadata } = this.find(key) ?? {};
    this.change(key, { metadata: { ...metadata, allow_duplicate: 'true' } });
    this.restart(key);
  }

  /** Takes an upload off the list; what the server has of one that is not complete goes, too. */
  async remove(upload: QueuedUpload): Promise<void> {
    const { key, url } = upload;
    this.stop(key);
    this.show(this.list.filter((entry) => entry.key !== key));
    this.startNext();
    this.attempts.delete(key);
    if (url !== undefined && can('cancel', upload)) await discardUpload(url).catch(ignore);
  }

  /** Notes that the processing of an uploaded video is over, or that it begins again. */
  settle(key: string, isSettled: boolean): void {
    const { state } = this.find(key) ?? {};
    if (state?.name === 'sent' && state.isSettled !== isSettled) {
      this.change(key, { state: { ...state, isSettled } });
    }
  }

  /** Stops all, and leaves what the server has. */
  end(): void {
    for (const { key } of this.list) this.stop(key);
    this.show([]);
    this.ending.abort();
  }

  private startNext(): void {
    for (const { key } of startable(this.list)) this.start(key);
  }

  private start(key: string): void {
    const upload = this.find(key);
    if (!upload) return;
    this.change(key, { state: { name: 'sending' } });
    const before = this.attempts.get(key);
    clearTimeout(before?.timer);
    if (before?.transfer.goOn()) return;

    const measure = speedometer();
    const { file, metadata = {}, url } = upload;
    const transfer = new Transfer(
      { userId: this.userId, file, metadata, url },
      {
        onUrl: (place) => this.placed(key, place),
        onMetadata: (told) => this.learn(key, told),
        onStored: (bytes) => this.stored(key, bytes),
        onProgress: (sentBytes) =>
          this.change(key, { sentBytes, bytesPerSecond: measure(sentBytes, performance.now()) }),
        onEnd: (outcome) => this.ended(key, outcome),
      },
    );
    const { inVain = 0, storedBytes = 0 } = before ?? {};
    this.attempts.set(key, { transfer, inVain, storedBytes });
    transfer.start();
  }

  private stop(key: string): void {
    const attempt = this.attempts.get(key);
    clearTimeout(attempt?.timer);
    attempt?.transfer.stop();
  }

  private placed(key: string, url: string): void {
    this.ids.add(idOf(url));
    if (this.find(key)) this.change(key, { url });
    // Given up before the server had answered.
    else discardUpload(url).catch(ignore);
  }

  private stored(key: string, bytes: number): void {
    const attempt = this.attempts.get(key);
    if (!attempt || bytes <= attempt.storedBytes) return;
    attempt.inVain = 0;
    attempt.storedBytes = bytes;
  }

  /** Of one from an earlier visit. */
  private learn(key: string, metadata: Metadata): void {
    if (!this.find(key)?.metadata) this.change(key, { metadata });
  }

  private ended(key: string, outcome: Outcome): void {
    const bytesPerSecond = undefined;
    switch (outcome.name) {
      case 'sent':
        this.change(key, { bytesPerSecond, state: { ...outcome, isSettled: false } });
        break;
      case 'duplicate':
        this.change(key, { bytesPerSecond, state: outcome });
        break;
      case 'refused':
        this.change(key, { bytesPerSecond, state: { name: 'failed', reason: outcome.reason } });
        break;
      case 'gone':
        this.lost(key);
        return;
      case 'later':
        this.change(key, { bytesPerSecond, state: { name: 'stalled', reason: outcome.reason } });
        this.startLater(key, outcome.afterSeconds);
        return;
    }
    this.attempts.delete(key);
    this.startNext();
  }

  /** Begins again, unless that would go on for ever, or make a private video a public one. */
  private lost(key: string): void {
    const { url, metadata } = this.find(key) ?? {};
    const attempt = this.attempts.get(key);
    if (url !== undefined && metadata && attempt && attempt.inVain < TRIES) {
      attempt.inVain += 1;
      this.restart(key);
    } else this.ended(key, { name: 'refused', reason: LOST });
  }

  /** Begins from the first byte, with a new upload. */
  private restart(key: string): void {
    const { url } = this.find(key) ?? {};
    if (url !== undefined) void forgetUpload(idOf(url));
    this.change(key, { url: undefined, sentBytes: 0, state: { name: 'waiting' } });
    this.startNext();
  }

  private startLater(key: string, afterSeconds: number | undefined): void {
    const attempt = this.attempts.get(key);
    if (!attempt) return;
    const seconds = afterSeconds ?? patience(attempt.inVain);
    attempt.inVain += 1;
    attempt.timer = setTimeout(() => this.start(key), seconds * 1000);
  }

  private connected(): void {
    for (const { key, state } of this.list) if (state.name === 'stalled') this.start(key);
  }

  private disconnected(): void {
    for (const { key, state } of this.list) {
      if (state.name !== 'sending') continue;
      this.stop(key);
      this.ended(key, { name: 'later', reason: CONNECTION_LOST });
    }
  }

  private find(key: string): QueuedUpload | undefined {
    return this.list.find((upload) => upload.key === key);
  }

  private change(key: string, changes: Partial<QueuedUpload>): void {
    this.show(this.list.map((upload) => (upload.key === key ? { ...upload, ...changes } : upload)));
  }

  private show(list: readonly QueuedUpload[]): void {
    this.list = list;
    for (const listener of this.listeners) listener();
  }
}

const TRIES = 3;

const LOST = 'The server has let go of this upload. Cancel it, and choose the file again.';

/** What could not be removed is shown as unfinished at the next visit. */
const ignore = (): void => undefined;
