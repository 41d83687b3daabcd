import type { RunId } from '../../contract/ids.js';
import { defineStatement } from './statement.js';

export const requestCancel = defineStatement({
  name: 'request-cancel',
  reason: 'atomic',
  why: 'Marks the run and notifies all workers in one statement.',
  text: 'SELECT request_cancel($1)',
  values: (run: RunId) => [run],
});
