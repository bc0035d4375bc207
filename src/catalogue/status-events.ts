import { Injectable, Logger, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { Observable, type Subscriber } from 'rxjs';
import type { Viewer } from '../common/access.js';
import { ProcessingRepository } from './processing.repository.js';
import { StatusService } from './status.service.js';
import type { VideoStatusDto } from './video.dto.js';

const LOOK_MILLISECONDS = 500;
const HEARTBEAT_MILLISECONDS = 15_000;
/** A browser connects again by itself, and there is little to come after a final state. */
const RETRY_MILLISECONDS = 60_000;

interface Listener {
  sessionId: string;
  subscriber: Subscriber<MessageEvent>;
  /** What was told last, as JSON. */
  told: string;
}

/** Tells listeners how far videos are; one look at a video serves all who listen to it. */
@Injectable()
export class StatusEvents implements OnModuleDestroy {
  private readonly logger = new Logger('StatusEvents');
  private readonly listeners = new Map<string, Set<Listener>>();
  private lastId = 0;

  constructor(
    private readonly statuses: StatusService,
    private readonly processing: ProcessingRepository,
  ) {}

  /**
   * The status at once and at every change, until it is final, the session ends, or the viewer may
   * not see the video any more.
   *
   * @throws DomainError `video.not_found`
   */
  async of(videoId: string, viewer: Viewer): Promise<Observable<MessageEvent>> {
    const status = await this.statuses.status(videoId, viewer);
    return new Observable((subscriber) => {
      const listener = { sessionId: viewer.sessionId, subscriber, told: '' };
      this.tell(listener, status);
      if (subscriber.closed) return;
      this.join(videoId, listener);
      const heartbeat = setInterval(() => {
        subscriber.next({ comment: 'still here' });
      }, HEARTBEAT_MILLISECONDS);
      return () => {
        clearInterval(heartbeat);
        this.listeners.get(videoId)?.delete(listener);
      };
    });
  }

  onModuleDestroy(): void {
    for (const group of this.listeners.values()) {
      for (const { subscriber } of [...group]) subscriber.complete();
    }
  }

  private join(videoId: string, listener: Listener): void {
    const group = this.listeners.get(videoId);
    if (group) {
      group.add(listener);
      return;
    }
    this.listeners.set(videoId, new Set([listener]));
    this.lookLater(videoId);
  }

  private lookLater(videoId: string): void {
    setTimeout(() => void this.look(videoId), LOOK_MILLISECONDS).unref();
  }

  /** Looks again and again for as long as somebody listens. */
  private async look(videoId: string): Promise<void> {
    const group = this.listeners.get(videoId);
    if (!group || group.size === 0) {
      this.listeners.delete(videoId);
      return;
    }
    try {
      await this.inform(videoId, [...group]);
    } catch (error) {
      this.logger.warn(error instanceof Error ? error.message : String(error));
    }
    this.lookLater(videoId);
  }

  private async inform(videoId: string, listeners: readonly Listener[]): Promise<void> {
    const sessionIds = listeners.map(({ sessionId }) => sessionId);
    const standing = await this.statuses.standing(videoId);
    // Asked last: what was found is told to nobody who has lost the right to it meanwhile.
    const found = await this.processing.findSpectators(videoId, sessionIds);
    const spectators = new Map(found.map((spectator) => [spectator.sessionId, spectator]));
    for (const listener of listeners) {
      const spectator = spectators.get(listener.sessionId);
      if (!standing || !spectator) {
        listener.subscriber.complete();
        continue;
      }
      const { userId: id, role } = spectator;
      this.tell(listener, this.statuses.present(standing, { id, role }));
    }
  }

  private tell(listener: Listener, status: VideoStatusDto): void {
    const { subscriber } = listener;
    const told = JSON.stringify(status);
    if (told === listener.told) return;
    listener.told = told;
    const isFinal = status.status !== 'pending' && status.status !== 'processing';
    subscriber.next({
      type: 'status',
      id: this.nextId(),
      data: status,
      ...(isFinal ? { retry: RETRY_MILLISECONDS } : {}),
    });
    if (isFinal) subscriber.complete();
  }

  /** Grows, also from one process to the next. */
  private nextId(): string {
    this.lastId = Math.max(this.lastId + 1, Date.now());
    return String(this.lastId);
  }
}
