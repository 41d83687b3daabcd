/**
 * SQL statements, the only ones of the program (ESLint refuses SQL elsewhere in `src`). Whatever is neither hot, atomic
 * nor inexpressible goes through Prisma's typed client.
 */
import type pg from 'pg';
import { z } from 'zod';
import { translateRefusal } from './refusals.js';

/** Whatever runs a statement: a pool, or one client of it (a transaction, say). */
export type Queryable = Pick<pg.Pool, 'query'>;

/**
 * Why a statement is SQL:
 * - `hot`: it runs for every task, turn or event. Prisma takes 2.6 ms of processor time for what takes 0.2 ms here.
 * - `atomic`: it writes a row and its event, takes a lock, counts, notifies or compares with the server's clock, all in one
 *   statement.
 * - `inexpressible`: Prisma's client cannot say it, or only by loading the rows that it is computed from.
 */
export type Reason = 'hot' | 'atomic' | 'inexpressible';

interface Definition<Args extends readonly unknown[], Shape extends z.ZodRawShape> {
  /** Unique: test/stack/database-statements.test.ts runs each by it. */
  readonly name: string;
  readonly reason: Reason;
  /** The reason in a sentence. */
  readonly why: string;
  readonly text: string;
  /** The values of $1, $2, … */
  readonly values?: (...args: Args) => readonly unknown[];
  /** Every column that the statement returns; left out when nobody reads its rows. */
  readonly row?: Shape;
}

/** A statement as a function, with its definition for the test. */
export interface Statement<Args extends readonly unknown[], Row> {
  /** @throws StaleFence, RecordMissing, and what the driver throws */
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
 * Defines a statement. Its rows are not parsed when it runs, which would cost more than some statements do: one test
 * runs every statement on a real PostgreSQL and parses what comes back.
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
      return (await db.query<Row & pg.QueryResultRow>(text, [...(values?.(...args) ?? [])])).rows;
    } catch (error) {
      throw translateRefusal(error);
    }
  };
  const schema = row === undefined ? null : z.strictObject(row);
  return Object.assign(run, { statement: { name, reason, why, text, row: schema } });
}

/** The one row of a statement that always has one. */
export function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('The database returned no row where there is always one.');
  return row;
}
