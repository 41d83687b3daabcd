/** What the database's functions refuse by error codes of their own. */
import pg from 'pg';
import { messageOf } from '../../contract/errors.js';

/** A newer attempt has registered, or the worker counts as dead. Harmless: nobody looks at what a late attempt says. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
}

/** A record that must be there is not: it was cleaned away under a workflow that still runs. */
export class RecordMissing extends Error {
  override readonly name = 'RecordMissing';
}

/** The error to throw for one of the driver's: a class of its own where the database refused, otherwise the same. */
export function translateRefusal(error: unknown): unknown {
  switch (error instanceof pg.DatabaseError ? error.code : undefined) {
    case 'LW001':
    case 'LW002':
      return new StaleFence(`This attempt may no longer write: ${messageOf(error)}.`);
    case 'LW003':
      return new RecordMissing(`The record is gone: ${messageOf(error)}.`);
    default:
      return error;
  }
}
