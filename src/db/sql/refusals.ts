/** Errors for the error codes that the database's functions raise. */
import pg from 'pg';
import { messageOf } from '../../contract/errors.js';

/**
 * A newer attempt has registered, or the worker was declared dead. The error is harmless: nobody uses a late
 * attempt's result.
 */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
}

/** A record is missing that a running workflow needs: the run was removed (`leadwright clean`). */
export class RecordMissing extends Error {
  override readonly name = 'RecordMissing';
}

/** Translates an error of the driver into StaleFence or RecordMissing; returns any other error unchanged. */
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
