import type { WarningLogger } from '../activities/span-pipeline.js';
import { JsonlProcessor } from '../processors/jsonl-processor.js';
import { createSgpProcessorFromEnv } from '../processors/sgp-from-env.js';
import type { SpanProcessor } from '../processors/span-processor.js';

/** Where spans go when nobody says: SGP when its environment is set, else files under `./.everspan/`. Says which. */
export function defaultProcessors(env: NodeJS.ProcessEnv, logger: WarningLogger): readonly SpanProcessor[] {
  const sgp = createSgpProcessorFromEnv(env, { logger: { info: () => {}, warn: (message) => logger.warn(message) } });
  if (sgp !== undefined) {
    logger.warn('everspan: spans go to SGP, as SGP_API_KEY and SGP_ACCOUNT_ID are set');
    return [sgp];
  }
  const folder = '.everspan';
  logger.warn(
    `everspan: spans go to JSONL files under ./${folder}/ (set processors, or SGP_API_KEY and SGP_ACCOUNT_ID, to send them elsewhere)`,
  );
  return [new JsonlProcessor({ folder })];
}
