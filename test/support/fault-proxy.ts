import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a connection may do to whoever uses it. */
type Behaviour = 'passes' | 'stalls' | 'crawls' | 'refuses';

const CRAWL_BYTES_PER_SECOND = 2_000_000;

/** A connection through which nothing went for longer is taken for an idle one. */
const BUSY_MILLISECONDS = 50;

interface Pair {
  sockets: readonly [Socket, Socket];
  busyAt: number;
}

/** Stands between a client and a server on the loopback interface, and misbehaves when told to. */
export class FaultProxy {
  /** How many connections were cut while they were open. */
  cuts = 0;
  private behaviour: Behaviour = 'passes';
  private readonly pairs = new Set<Pair>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.connect(client));
  }

  /** @param target address of the server, such as `http://127.0.0.1:9000` */
  static async before(target: string): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new FaultProxy(server, new URL(target));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  /** To be used in place of the target's address. */
  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  set(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    if (behaviour === 'refuses') this.cutAll();
  }

  /** Cuts one connection that bytes are going through, if there is one: both ends see a reset. */
  cutOne(): void {
    const busy = [...this.pairs].filter(({ busyAt }) => Date.now() - busyAt < BUSY_MILLISECONDS);
    const pair = busy[Math.floor(Math.random() * busy.length)];
    if (pair) this.cut(pair);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cutAll();
    await closed;
  }

  private cutAll(): void {
    for (const pair of this.pairs) this.cut(pair);
  }

  private cut(pair: Pair): void {
    this.cuts += 1;
    this.pairs.delete(pair);
    for (const socket of pair.sockets) socket.resetAndDestroy();
  }

  private connect(client: Socket): void {
    if (this.behaviour === 'refuses') {
      client.resetAndDestroy();
      return;
    }
    const { hostname: host, port } = this.target;
    const upstream = connect({ host, port: Number(port), allowHalfOpen: true });
    const pair: Pair = { sockets: [client, upstream], busyAt: Date.now() };
    this.pairs.add(pair);
    void this.pump(pair, client, upstream);
    void this.pump(pair, upstream, client);
  }

  /** Takes bytes one way; whatever ends it ends the other way too, unless it is the end of the bytes. */
  private async pump(pair: Pair, from: Socket, to: Socket): Promise<void> {
    from.on('close', () => this.pairs.delete(pair));
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        pair.busyAt = Date.now();
        while (this.behaviour === 'stalls') await sleep(20);
        if (this.behaviour === 'crawls')
          await sleep((chunk.length / CRAWL_BYTES_PER_SECOND) * 1000);
        // One that is gone takes no more, and never says so.
        if (to.destroyed) break;
        if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
      to.end();
    } catch {
      to.destroy();
    }
  }
}
