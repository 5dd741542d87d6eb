import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, absolute. */
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));
