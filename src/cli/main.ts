#!/usr/bin/env node
import { processIo } from './process-io.js';
import { runCli } from './run-cli.js';

// The code is set and not exited with, so that what has been written gets out first.
process.exitCode = await runCli(process.argv.slice(2), processIo());
