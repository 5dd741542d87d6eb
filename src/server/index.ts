export type { AccountKeys } from './accounts.js';
export {
  type Collector,
  type CollectorOptions,
  createCollector,
  type ListeningCollector,
  type ListenOptions,
} from './collector.js';
export type { CollectorLogger } from './collector-app.js';
export { type CollectorCode, CollectorError, type CollectorErrorOptions } from './errors.js';
export { COLLECTOR_LIMITS, type CollectorLimits } from './limits.js';
export { stopOnSignals } from './stop-on-signals.js';
