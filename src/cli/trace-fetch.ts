import type { ArtefactType } from '../store/artefact-store.js';
import type { CliIo } from './cli-io.js';
import { notFound } from './not-found.js';
import { type SourceOptions, withSource } from './source-options.js';
import { writeOutput } from './write-output.js';

export interface FetchOptions extends SourceOptions {
  readonly output?: string;
}

/** `everspan trace fetch`: the rows as they were written, one a line. */
export async function fetchRows(type: ArtefactType, workflowId: string, options: FetchOptions, io: CliIo): Promise<void> {
  await withSource(options, io, async (source) => {
    const rows = await source.artefactRows(workflowId, type);
    if (rows === undefined) throw await notFound(`no ${type} of workflow ${workflowId}`, source);
    await writeOutput(lines(rows), options.output, io);
  });
}

async function* lines(rows: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const row of rows) yield `${row}\n`;
}
