import type { CollectorParts } from './collector-parts.js';
import type { Route } from './route.js';
import { sgpWriteRoutes } from './sgp-write-routes.js';
import { traceRoutes } from './trace-routes.js';

/** Every call of the collector. Of two that fit a path, the earlier answers. */
export function collectorRoutes(parts: CollectorParts): Route[] {
  return [...sgpWriteRoutes(parts), ...traceRoutes(parts)];
}
