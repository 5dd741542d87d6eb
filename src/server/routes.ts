import { analysisRoutes } from './analysis-routes.js';
import { artefactRoutes } from './artefact-routes.js';
import type { CollectorParts } from './collector-parts.js';
import { liveRoutes } from './live-routes.js';
import { openApiDocument } from './open-api.js';
import { otlpRoutes } from './otlp-routes.js';
import { jsonResponse, NO_QUERY, type Route, route } from './route.js';
import { serviceRoutes } from './service-routes.js';
import { sgpReadRoutes } from './sgp-read-routes.js';
import { sgpWriteRoutes } from './sgp-write-routes.js';
import { traceRoutes } from './trace-routes.js';

/** The version of the calls, not of the package: it changes when one of them does. */
const API_VERSION = '1.0.0';

/** Every call of the collector. Of two that fit a path, the earlier answers. */
export function collectorRoutes(parts: CollectorParts): Route[] {
  const routes = [
    ...sgpWriteRoutes(parts),
    ...sgpReadRoutes(parts),
    ...otlpRoutes(parts),
    ...artefactRoutes(parts),
    ...traceRoutes(parts),
    ...analysisRoutes(parts),
    ...liveRoutes(parts),
    ...serviceRoutes(parts),
  ];
  const description: Route = route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    isOpen: true,
    query: NO_QUERY,
    answers: [{ status: 200, description: 'OpenAPI 3.1.' }],
    answer: (): Response => jsonResponse(openApiDocument([...routes, description], API_VERSION)),
  });
  return [...routes, description];
}
