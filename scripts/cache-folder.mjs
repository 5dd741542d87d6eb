import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Folder for what is fetched or built once per machine: servers, and notes of what could not be had. Not created here.
 *
 * `$XDG_CACHE_HOME/everspan`, else `~/.cache/everspan`, on macOS too.
 */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'everspan');
