import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands between browsers and a server, and lets no connection send more than so many bytes while it is
 * narrow: what is under way stays so for as long as a test likes. A browser's own slowness ends with
 * its tab, which sends the rest all at once.
 */
export class Bottleneck {
  private limitBytes = Number.POSITIVE_INFINITY;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.connect(client));
  }

  /** @param target address of the server, such as `http://127.0.0.1:8000` */
  static async before(target: string): Promise<Bottleneck> {
    const server = createServer();
    const bottleneck = new Bottleneck(server, new URL(target));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return bottleneck;
  }

  /** To be used in place of the target's address. */
  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Has every connection stop after so many bytes. */
  narrow(limitBytes: number): void {
    this.limitBytes = limitBytes;
  }

  /** Lets everything through again. */
  open(): void {
    this.narrow(Number.POSITIVE_INFINITY);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private connect(client: Socket): void {
    const { hostname: host, port } = this.target;
    const upstream = connect({ host, port: Number(port) });
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    upstream.pipe(client);
    upstream.on('close', () => client.destroy());
    void this.pump(client, upstream);
  }

  private async pump(client: Socket, upstream: Socket): Promise<void> {
    let sentBytes = 0;
    try {
      for await (const chunk of client as AsyncIterable<Buffer>) {
        while (sentBytes > this.limitBytes && !upstream.destroyed) await sleep(20);
        sentBytes += chunk.length;
        if (!upstream.write(chunk)) await once(upstream, 'drain');
      }
      upstream.end();
    } catch {
      upstream.destroy();
    }
  }
}
