import { CallDeadlines } from './call-deadlines.js';
import { openRedisClient, type RedisAddress, type RedisClient } from './redis-client.js';
import { failureOf, isNoScript, storeClosed, unreachable } from './redis-failures.js';
import type { RedisScripts, ScriptName } from './redis-scripts.js';

/** One script call. */
export interface ScriptCall {
  readonly script: ScriptName;
  readonly keys: readonly string[];
  readonly args?: readonly (string | number | Uint8Array)[];
  /** Whether a lost answer leaves it open what was done. */
  readonly isWrite: boolean;
  /** What it is about, for messages. */
  readonly subject: string;
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
  #isClosed = false;
  #isHolding = false;

  constructor(address: RedisAddress, timeoutMs: number, scripts: RedisScripts) {
    this.#scripts = scripts;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    this.#deadlines = new CallDeadlines(timeoutMs);
    if ('client' in address) this.#client = address.client;
  }

  /** The answer of the script, as soon as it is there. */
  async run(call: ScriptCall): Promise<unknown> {
    const client = this.#client?.status === 'ready' && !this.#isClosed ? this.#client : await this.client(call);
    const { sha, text } = this.#scripts(call.script);
    this.#holdTogether(client);
    const rest = [call.keys.length, ...call.keys, ...((call.args ?? []) as (string | number | Buffer)[])];
    try {
      return await this.#deadlines.bound(send(client, call, 'evalsha', sha, rest));
    } catch (error) {
      // A server that was restarted or flushed, or a node that has not seen it yet: the whole text, which it then keeps.
      if (!isNoScript(error)) throw failureOf(error, call);
    }
    try {
      return await this.#deadlines.bound(send(client, call, 'eval', text, rest));
    } catch (error) {
      throw failureOf(error, call);
    }
  }

  /** A plain command that writes nothing which counts, such as the hint in an index. */
  async command(client: RedisClient, subject: string, command: string, ...args: (string | number)[]): Promise<unknown> {
    const call = { subject, isWrite: false };
    try {
      return await this.#deadlines.bound(client.call(command, ...args));
    } catch (error) {
      throw failureOf(error, call);
    }
  }

  /**
   * The client, once it is connected. Nothing is sent before: what waits in a client's own queue could still be written after its caller
   * was told that the store is not there.
   */
  async client(call: { readonly subject: string; readonly operationId?: string | undefined }): Promise<RedisClient> {
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

  /** Calls of one turn of the event loop leave in one write: a write each costs more than all else that is done for a call. */
  #holdTogether({ stream }: RedisClient): void {
    // A call that is alone has nothing to wait for.
    if (stream === undefined || this.#isHolding || this.#deadlines.pendingCount === 0 || typeof stream.cork !== 'function')
      return;
    this.#isHolding = true;
    stream.cork();
    process.nextTick(() => {
      this.#isHolding = false;
      stream.uncork();
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

function send(
  client: RedisClient,
  call: ScriptCall,
  command: 'eval' | 'evalsha',
  script: string,
  rest: (string | number | Buffer)[],
): Promise<unknown> {
  return call.inBytes === true ? client.callBuffer(command, script, ...rest) : client.call(command, script, ...rest);
}
