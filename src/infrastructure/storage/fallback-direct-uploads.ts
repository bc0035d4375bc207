import {
  DirectUploads,
  type AnnouncedObject,
  type IncomingContent,
  type OpenUpload,
  type PartSlot,
  type ReceivedContent,
  type SignedAddress,
  type StoredPart,
} from '../../ports/direct-uploads.js';

/** While objects move to another storage: uploads that clients have begun end where they began, new ones begin there. */
export class FallbackDirectUploads extends DirectUploads {
  constructor(
    private readonly current: DirectUploads,
    private readonly former: DirectUploads,
  ) {
    super();
  }

  override address(object: AnnouncedObject, seconds: number): Promise<SignedAddress> {
    return this.current.address(object, seconds);
  }

  override begin(object: AnnouncedObject): Promise<string> {
    return this.current.begin(object);
  }

  override partAddress(
    object: AnnouncedObject,
    uploadId: string,
    part: PartSlot,
    seconds: number,
  ): Promise<SignedAddress> {
    return this.beginnerOf(uploadId).partAddress(object, uploadId, part, seconds);
  }

  override complete(
    key: string,
    uploadId: string,
    parts: readonly StoredPart[],
  ): Promise<string | undefined> {
    return this.beginnerOf(uploadId).complete(key, uploadId, parts);
  }

  override async discard(key: string, uploadId: string | null): Promise<void> {
    if (uploadId !== null) return this.beginnerOf(uploadId).discard(key, uploadId);
    await this.former.discard(key, null);
    await this.current.discard(key, null);
  }

  override async discardTree(prefix: string): Promise<void> {
    await this.former.discardTree(prefix);
    await this.current.discardTree(prefix);
  }

  override async *untouchedSince(moment: Date): AsyncIterable<OpenUpload> {
    yield* this.former.untouchedSince(moment);
    yield* this.current.untouchedSince(moment);
  }

  override began(uploadId: string): boolean {
    return this.current.began(uploadId) || this.former.began(uploadId);
  }

  override keyOf(token: string): string | undefined {
    return this.current.keyOf(token) ?? this.former.keyOf(token);
  }

  override receive(content: IncomingContent): Promise<ReceivedContent> {
    const isFormers = this.former.keyOf(content.token) !== undefined;
    return (isFormers ? this.former : this.current).receive(content);
  }

  private beginnerOf(uploadId: string): DirectUploads {
    return this.former.began(uploadId) ? this.former : this.current;
  }
}
