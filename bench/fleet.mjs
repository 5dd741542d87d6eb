import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startSpanServer } from './server.mjs';
import { createTracing } from './tracing.mjs';
import { variantOf } from './variants.mjs';
import { WorkerProcess } from './worker-process.mjs';

/** @typedef {import('./variants.mjs').Variant} Variant */

/**
 * One variant at work: its worker, and the client that this process has for it.
 *
 * @typedef {object} Member
 * @property {Variant} variant
 * @property {string} taskQueue
 * @property {Client} client
 * @property {WorkerProcess} worker
 * @property {string | undefined} spanServerUrl
 * @property {() => Promise<void>} settle - Resolves when neither process has spans left to write.
 * @property {() => number} takeEndedSpans - Spans that its worker has written an END of since the last call.
 * @property {() => Promise<void>} stop
 */

/** All variants that run, each started when it is first wanted. */
export class Fleet {
  /** @readonly @type {Map<string, Promise<Member>>} */
  #members = new Map();
  /** @readonly */
  #address;
  /** @readonly */
  #folder;
  /** @readonly */
  #bundles;
  /** @readonly */
  #profileFolder;
  /** @type {Promise<Connection> | undefined} */
  #connection;
  /** @type {ReturnType<typeof startSpanServer> | undefined} */
  #spanServer;

  /**
   * @param {object} options
   * @param {string} options.address - Of the Temporal server.
   * @param {string} options.folder - For rows and logs; on the disk that syncs are measured on.
   * @param {ReadonlyMap<string, import('./bundles.mjs').Bundle>} options.bundles
   * @param {string | undefined} options.profileFolder - For profiles of everspan's worker; none where absent.
   */
  constructor({ address, folder, bundles, profileFolder }) {
    this.#address = address;
    this.#folder = folder;
    this.#bundles = bundles;
    this.#profileFolder = profileFolder;
  }

  /**
   * The variant `id`, started and warm.
   *
   * @param {string} id
   * @returns {Promise<Member>}
   */
  member(id) {
    const member = this.#members.get(id) ?? this.#start(variantOf(id));
    this.#members.set(id, member);
    return member;
  }

  /** Stops the variants that are not in `kept`. @param {readonly string[]} kept */
  async stopOthers(kept) {
    const others = [...this.#members].filter(([id]) => !kept.includes(id));
    for (const [id] of others) this.#members.delete(id);
    // One that never came up has told whoever wanted it.
    await Promise.allSettled(others.map(async ([, member]) => (await member).stop()));
  }

  /** Stops everything. */
  async stop() {
    await this.stopOthers([]);
    await (await this.#connection)?.close();
    await (await this.#spanServer)?.stop();
  }

  /** @param {Variant} variant @returns {Promise<Member>} */
  async #start(variant) {
    const bundle = this.#bundles.get(variant.tracing);
    if (bundle === undefined) throw new RangeError(`no bundle for ${variant.tracing}`);
    const spanServerUrl = await this.#spanServerUrlOf(variant);
    const rowsPath = join(this.#folder, `${variant.id}.jsonl`);
    const isProfiled = variant.id === 'everspan-auto';
    const worker = new WorkerProcess(
      {
        variant,
        address: this.#address,
        bundlePath: bundle.path,
        rowsPath,
        ...(spanServerUrl === undefined ? {} : { spanServerUrl }),
      },
      { logPath: join(this.#folder, `${variant.id}.log`), profileFolder: isProfiled ? this.#profileFolder : undefined },
    );
    const tracing = await createTracing({ variant, rowsPath: join(this.#folder, `${variant.id}-client.jsonl`), spanServerUrl });
    this.#connection ??= Connection.connect({ address: this.#address });
    const client = new Client({ connection: await this.#connection, plugins: [...tracing.plugins] });
    await worker.whenReady();
    /** @type {Member} */
    const member = {
      variant,
      taskQueue: variant.id,
      client,
      worker,
      spanServerUrl: spanServerUrl === undefined ? undefined : new URL(spanServerUrl).origin,
      settle: async () => {
        await Promise.all([worker.settle(), tracing.settle()]);
      },
      takeEndedSpans: () => takeEndedSpans(rowsPath),
      stop: async () => {
        await worker.stop();
        await tracing.close();
      },
    };
    await warmUp(member);
    return member;
  }

  /** @param {Variant} variant */
  async #spanServerUrlOf({ id, httpDelayMs }) {
    if (httpDelayMs === undefined) return undefined;
    this.#spanServer ??= startSpanServer();
    return `${(await this.#spanServer).url}/${id}/${httpDelayMs}`;
  }
}

// What runs for the first time is slow: code is not compiled, connections are not open.
/** @param {Member} member */
async function warmUp({ client, taskQueue, settle, takeEndedSpans: forget }) {
  for (let index = 0; index < 8; index += 1) {
    const [workflow, count] = index % 4 === 3 ? ['inParallel', 50] : ['inARow', 10];
    await client.workflow.execute(workflow, {
      taskQueue,
      workflowId: `${taskQueue}-warm-${process.pid}-${index}`,
      args: [count],
    });
  }
  await settle();
  forget();
}

// The file is emptied: it would grow by hundreds of megabytes.
/** @param {string} path */
function takeEndedSpans(path) {
  if (!existsSync(path)) return 0;
  const ended = new Set();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const row = /** @type {import('everspan/processors').JsonlRow} */ (JSON.parse(line));
    if (row.end_time !== null) ended.add(`${row.context.trace_id}${row.context.span_id}`);
  }
  truncateSync(path);
  return ended.size;
}
