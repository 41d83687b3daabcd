/**
 * Definition of SQL statements. ESLint refuses SQL outside this folder. A query that is neither hot, atomic, quick nor
 * inexpressible goes through Prisma's typed client.
 */
import type pg from 'pg';
import { z } from 'zod';
import { translateRefusal } from './refusals.js';

/** Where a statement runs: on a pool, or on one client of it, for instance in a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

/**
 * Why a statement is SQL:
 * - `hot`: it runs for every task, turn or event. Prisma needs 2.6 ms of processor time where this takes 0.2 ms.
 * - `atomic`: it writes a row and its event, takes a lock, counts, notifies or compares with the server's clock, all
 *   in one statement.
 * - `quick`: a person waits for the command that runs it. Loading Prisma's client would take a good part of that time.
 * - `inexpressible`: Prisma's client cannot express it, or only by loading all rows that it is computed from.
 */
export type Reason = 'hot' | 'atomic' | 'quick' | 'inexpressible';

interface Definition<Args extends readonly unknown[], Shape extends z.ZodRawShape> {
  /** Unique: test/stack/database-statements.test.ts runs each by it. */
  readonly name: string;
  readonly reason: Reason;
  /** The reason in a sentence. */
  readonly why: string;
  readonly text: string;
  /** The values of $1, $2, … */
  readonly values?: (...args: Args) => readonly unknown[];
  /** The schema of every column that the statement returns; left out when nobody reads its rows. */
  readonly row?: Shape;
}

/** A statement as a function, with its definition for the test of all statements. */
export interface Statement<Args extends readonly unknown[], Row> {
  /** @throws StaleFence, RecordMissing, and the errors of the driver */
  (db: Queryable, ...args: Args): Promise<Row[]>;
  readonly statement: {
    readonly name: string;
    readonly reason: Reason;
    readonly why: string;
    readonly text: string;
    /** Null when nobody reads its rows. */
    readonly row: z.ZodObject | null;
  };
}

/** A row that a statement returns. */
export type RowOf<S> = S extends Statement<never, infer Row> ? Row : never;

/**
 * Defines a statement. Its rows are not validated when it runs, because that would cost more than some statements do.
 * Instead, a test runs every statement on a real PostgreSQL and validates the rows.
 */
export function defineStatement<
  Args extends readonly unknown[] = [],
  Shape extends z.ZodRawShape = z.ZodRawShape,
>({
  name,
  reason,
  why,
  text,
  values,
  row,
}: Definition<Args, Shape>): Statement<Args, z.output<z.ZodObject<Shape>>> {
  type Row = z.output<z.ZodObject<Shape>>;
  const run = async (db: Queryable, ...args: Args): Promise<Row[]> => {
    try {
      // With a name, each connection has the statement parsed and planned once.
      const query = { name, text, values: [...(values?.(...args) ?? [])] };
      return (await db.query<Row & pg.QueryResultRow>(query)).rows;
    } catch (error) {
      throw translateRefusal(error);
    }
  };
  const schema = row === undefined ? null : z.strictObject(row);
  return Object.assign(run, { statement: { name, reason, why, text, row: schema } });
}

/** Returns the row of a statement that always returns exactly one. */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined)
    throw new Error('The database returned no row for a statement that always returns one.');
  return row;
}
