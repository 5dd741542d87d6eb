import { checkRunOptions } from '../activities/delivery-config.js';
import { PLUGIN_ARTEFACT_NAMES } from '../artefacts/artefact-options.js';
import { checkProcessorNames, checkProcessors } from '../processors/check-processors.js';
import { checkChoice, checkOptionNames, checkRange, configOwner, type OptionNames, wrongOption } from '../span/check-options.js';
import { isObject } from '../span/validate-span.js';
import type { EverspanOptions, OperationsOptions, ResolvedOptions, WatchdogWorkerOptions } from './plugin-options.js';

const OWNER = configOwner('everspan');
const NAMES: OptionNames<EverspanOptions> = {
  processors: true,
  mode: true,
  rollout: true,
  sampleRatio: true,
  keepErrors: true,
  delivery: true,
  closing: true,
  lingerMs: true,
  spanTaskQueue: true,
  captureWorkflowIo: true,
  captureActivityIo: true,
  traceScope: true,
  budgetBytes: true,
  redaction: true,
  serviceName: true,
  resource: true,
  artefacts: true,
  logger: true,
  meter: true,
  backgroundLingerMs: true,
  shutdownTimeoutMs: true,
  operations: true,
  openSpans: true,
  watchdog: true,
};
const OPERATIONS_NAMES: OptionNames<OperationsOptions> = { store: true, watchdog: true };
const WATCHDOG_NAMES: OptionNames<WatchdogWorkerOptions> = { taskQueue: true };

/** Refuses what is no object of options and names that none has, before any of them is read. @throws EverspanConfigError `INVALID_OPTION`. */
export function checkNames(options: unknown): void {
  checkOptionNames(OWNER, options, NAMES);
}

/** Refuses values that no option takes. @throws EverspanConfigError `INVALID_OPTION` with the name, the value and what is allowed. */
export function checkValues(options: ResolvedOptions): void {
  checkChoice(OWNER, 'mode', options.mode, ['on', 'off']);
  checkRange(OWNER, 'rollout', options.rollout, 0, 1);
  checkRange(OWNER, 'backgroundLingerMs', options.backgroundLingerMs, 0, 60_000);
  checkRange(OWNER, 'shutdownTimeoutMs', options.shutdownTimeoutMs, 0, 3_600_000);
  const { captureActivityIo } = options;
  if (typeof captureActivityIo !== 'boolean') throw invalid('captureActivityIo', captureActivityIo, 'true or false');
  checkRunOptions(OWNER, options);
  const { processors, serviceName, resource, artefacts } = options;
  if (processors !== undefined) {
    if (Array.isArray(processors) && processors.length === 0)
      throw invalid('processors', processors, 'a list of at least one processor');
    checkProcessors(OWNER, processors);
    checkProcessorNames(OWNER, processors);
  }
  if (serviceName !== undefined && typeof serviceName !== 'string') throw invalid('serviceName', serviceName, 'text');
  if (resource !== undefined && !isObject(resource)) throw invalid('resource', resource, 'an object of attributes');
  if (artefacts !== undefined) checkOptionNames({ ...OWNER, within: 'artefacts' }, artefacts, PLUGIN_ARTEFACT_NAMES);
  withMethods('logger', options.logger, 'a logger', ['warn']);
  withMethods('meter', options.meter, "Temporal's metric meter", ['createCounter', 'createHistogram', 'createGauge']);
  withMethods('openSpans', options.openSpans, 'an open-span index', ['put', 'remove']);
  checkOperations(options.operations);
  checkWatchdog(options.watchdog);
}

function checkOperations(operations: OperationsOptions | undefined): void {
  if (operations === undefined) return;
  checkOptionNames({ ...OWNER, within: 'operations' }, operations, OPERATIONS_NAMES);
  const { store, watchdog = 'schedule' } = operations;
  if (store === undefined) throw invalid('operations.store', store, 'an operation store');
  withMethods('operations.store', store, 'an operation store', ['create', 'transition', 'renew', 'get', 'checkpoint']);
  checkChoice(OWNER, 'operations.watchdog', watchdog, ['schedule', 'elsewhere']);
}

function checkWatchdog(watchdog: EverspanOptions['watchdog']): void {
  if (watchdog === undefined || typeof watchdog === 'boolean') return;
  if (!isObject(watchdog)) throw invalid('watchdog', watchdog, 'true, false or an object');
  checkOptionNames({ ...OWNER, within: 'watchdog' }, watchdog, WATCHDOG_NAMES);
  const { taskQueue } = watchdog as WatchdogWorkerOptions;
  if (taskQueue !== undefined && (typeof taskQueue !== 'string' || taskQueue === ''))
    throw invalid('watchdog.taskQueue', taskQueue, 'the name of a task queue');
}

function withMethods(name: string, value: unknown, what: string, methods: readonly string[]): void {
  if (value === undefined) return;
  for (const method of methods) {
    if (typeof (value as Readonly<Record<string, unknown>> | null)?.[method] !== 'function')
      throw invalid(name, value, `${what} with a method ${method}()`);
  }
}

function invalid(name: string, value: unknown, wanted: string): Error {
  return wrongOption(OWNER, name, wanted, value);
}
