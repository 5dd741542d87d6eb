import { CallDeadlines } from './call-deadlines.js';
import { HeldWrites } from './held-writes.js';
import { openRedisClient, type RedisAddress, type RedisClient } from './redis-client.js';
import { type FailedCall, failureOf, isNoScript, storeClosed, unreachable } from './redis-failures.js';
import type { RedisScripts, ScriptName } from './redis-scripts.js';

/** One script call. */
export interface ScriptCall {
  readonly script: ScriptName;
  readonly keys: readonly string[];
  readonly args?: readonly (string | number | Uint8Array)[];
  /** Whether a lost answer leaves it open what was done. */
  readonly isWrite: boolean;
  /** What it is about, for messages; by default the operation and the request. */
  readonly subject?: string;
  readonly operationId?: string | undefined;
  readonly requestId?: string | undefined;
  /** Replies as bytes. */
  readonly inBytes?: boolean;
}

/** Runs scripts on Redis, each within a deadline, and names what goes wrong. */
export class RedisConnection {
  readonly #address: RedisAddress;
  readonly #timeoutMs: number;
  readonly #scripts: RedisScripts;
  #client: RedisClient | undefined;
  #opening: Promise<RedisClient> | undefined;
  #ready: Promise<{ readonly reason: string; readonly cause: unknown } | undefined> | undefined;
  readonly #deadlines: CallDeadlines;
  readonly #held = new HeldWrites();
  #isClosed = false;

  constructor(address: RedisAddress, timeoutMs: number, scripts: RedisScripts) {
    this.#scripts = scripts;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    this.#deadlines = new CallDeadlines(timeoutMs);
    if ('client' in address) this.#client = address.client;
  }

  /** The answer of the script, as soon as it is there. */
  run(call: ScriptCall): Promise<unknown> {
    const client = this.#client;
    if (client?.status === 'ready' && !this.#isClosed) return this.#send(client, call);
    return this.client(call).then((ready) => this.#send(ready, call));
  }

  /** A plain command that writes nothing which counts, such as the hint in an index. */
  command(client: RedisClient, subject: string, command: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#deadlines.bound(client.call(command, ...args), (error) => {
      throw failureOf(error, { subject, isWrite: false });
    });
  }

  /**
   * The client, once it is connected. Nothing is sent before: what waits in a client's own queue could still be written after its caller
   * was told that the store is not there.
   */
  async client(call: FailedCall): Promise<RedisClient> {
    if (this.#isClosed) throw storeClosed(call);
    if (this.#client === undefined) {
      const address = this.#address as Extract<RedisAddress, { url: string }>;
      this.#opening ??= openRedisClient(address.url, address.isCluster === true);
      this.#client = await this.#opening;
    }
    const client = this.#client;
    if (client.status === 'ready') return client;
    if (client.status === 'end') throw unreachable(call, 'its client was closed', undefined);
    // A client that connects when it is first used.
    if (client.status === 'wait') void client.connect().catch(() => {});
    this.#ready ??= this.#becomesReady(client).finally(() => {
      this.#ready = undefined;
    });
    const failure = await this.#ready;
    if (failure !== undefined) throw unreachable(call, failure.reason, failure.cause);
    return client;
  }

  /** Every master of a Cluster, in one order; the client itself where there is no Cluster. */
  async masters(subject: string): Promise<readonly RedisClient[]> {
    const client = await this.client({ subject });
    if (client.isCluster !== true || client.nodes === undefined) return [client];
    const place = ({ options }: RedisClient): string => {
      const { host, port } = options as { host?: string; port?: number };
      return `${host}:${port}`;
    };
    return [...client.nodes('master')].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }

  /** Closes what was opened here. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if ('client' in this.#address || this.#opening === undefined) return;
    const client = await this.#opening;
    client.disconnect();
  }

  #send(client: RedisClient, call: ScriptCall): Promise<unknown> {
    const { stream } = client;
    // A call that is alone has nothing to wait for.
    if (this.#deadlines.pendingCount > 0 && typeof stream?.cork === 'function') this.#held.hold(stream);
    const { sha, text } = this.#scripts(call.script);
    return this.#deadlines.bound(answerOf(client, call, 'evalsha', sha), (error) => {
      if (!isNoScript(error)) throw failureOf(error, call);
      // A server that was restarted or flushed, or a node that has not seen it yet: the whole text, which it then keeps.
      return this.#deadlines.bound(answerOf(client, call, 'eval', text), (again) => {
        throw failureOf(again, call);
      });
    });
  }

  /** Why it did not, if so. One wait is shared by all calls that come meanwhile. */
  #becomesReady(client: RedisClient): Promise<{ readonly reason: string; readonly cause: unknown } | undefined> {
    return new Promise((resolve) => {
      let cause: unknown;
      const settle = (reason: string | undefined): void => {
        clearTimeout(timer);
        client.off('ready', ready);
        client.off('end', ended);
        client.off('error', failed);
        resolve(reason === undefined ? undefined : { reason, cause });
      };
      const ready = (): void => settle(undefined);
      const ended = (): void => settle('its client was closed');
      const failed = (error: unknown): void => {
        cause = error;
      };
      const timer = setTimeout(
        () => settle(`it was not reached within ${this.#timeoutMs.toLocaleString('en')} ms`),
        this.#timeoutMs,
      );
      client.on('ready', ready);
      client.on('end', ended);
      client.on('error', failed);
    });
  }
}

function answerOf(client: RedisClient, call: ScriptCall, command: 'eval' | 'evalsha', script: string): Promise<unknown> {
  const { keys, args = [], inBytes } = call;
  const all = [...keys, ...(args as (string | number | Buffer)[])];
  return inBytes === true
    ? client.callBuffer(command, script, keys.length, ...all)
    : client.call(command, script, keys.length, ...all);
}
