import { toColumn } from './column-text.js';
import { bigintArray, textArray } from './postgres-arrays.js';
import type { PostgresConnection, PostgresRow } from './postgres-connection.js';
import { prevails } from './prevails.js';
import type { SpanRow } from './span-row.js';

/** A row of the batch, and the text of the rival that it has been found greater than. */
interface Contender {
  readonly row: SpanRow;
  readonly index: number;
  readonly beaten: string | undefined;
}

/** One batch on its way into the tables, by the function that `upsertFunction` makes. */
export class PostgresUpsert {
  readonly #connection: PostgresConnection;
  readonly #accountColumn: string;
  readonly #nowMicros: number;

  constructor(connection: PostgresConnection, accountColumn: string, nowMicros: number) {
    this.#connection = connection;
    this.#accountColumn = accountColumn;
    this.#nowMicros = nowMicros;
  }

  /** Writes the rows that are greater than what is there; the indexes of those. */
  async run(rows: readonly SpanRow[]): Promise<ReadonlySet<number>> {
    let contenders: readonly Contender[] = rows.map((row, index) => ({ row, index, beaten: undefined }));
    while (contenders.length > 0) {
      const answer = await this.#call(contenders);
      if (answer['rivals'] === null) return indexesAt(contenders, placesOf(answer['written']));
      // What has lost has lost: what is kept only rises. What has won asks again, and may meet another rival meanwhile.
      contenders = decided(contenders, placesOf(answer['rivals']), answer['rival_bodies'] as readonly string[]);
    }
    return new Set();
  }

  async #call(contenders: readonly Contender[]): Promise<PostgresRow> {
    const texts = (valueOf: (row: SpanRow) => string | undefined): Buffer => textArray(contenders.map(({ row }) => valueOf(row)));
    const columns = (valueOf: (row: SpanRow) => string | undefined): Buffer =>
      texts((row) => {
        const value = valueOf(row);
        return value === undefined ? undefined : toColumn(value);
      });
    const numbers = (valueOf: (row: SpanRow) => number | undefined): Buffer =>
      bigintArray(contenders.map(({ row }) => valueOf(row)));
    const hasBeaten = contenders.some(({ beaten }) => beaten !== undefined);
    const answers = await this.#connection.query(
      `select written::text[], rivals::text[], rival_bodies
      from ${this.#connection.schema}.upsert_spans($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        this.#accountColumn,
        this.#nowMicros,
        texts((row) => row.traceId),
        texts((row) => row.spanId),
        texts((row) => row.mergeRank),
        texts((row) => row.parentId),
        columns((row) => row.name),
        columns((row) => row.type),
        texts((row) => row.status),
        numbers((row) => row.startTime),
        numbers((row) => row.endTime),
        columns((row) => row.workflowId),
        columns((row) => row.serviceName),
        texts((row) => row.body),
        textArray(hasBeaten ? contenders.map(({ beaten }) => beaten) : []),
      ],
    );
    return answers[0] as PostgresRow;
  }
}

function decided(contenders: readonly Contender[], places: readonly number[], bodies: readonly string[]): readonly Contender[] {
  const rivals = new Map(places.map((place, at) => [place, bodies[at] as string]));
  return contenders.flatMap((contender, place) => {
    const body = rivals.get(place);
    if (body === undefined) return [contender];
    const { row } = contender;
    return prevails(row, { mergeRank: row.mergeRank, body }) ? [{ ...contender, beaten: body }] : [];
  });
}

/** Counted from 0; the function counts from 1, and its numbers come as text. */
function placesOf(places: unknown): readonly number[] {
  return ((places ?? []) as readonly string[]).map((place) => Number(place) - 1);
}

function indexesAt(contenders: readonly Contender[], places: readonly number[]): ReadonlySet<number> {
  return new Set(places.map((place) => (contenders[place] as Contender).index));
}
