import { quoteIfNeeded } from '../process/shell.js';

/**
 * The end of a sentence, and the commands, for a person who cannot bring back what the embedded Temporal needs: its key, or its
 * database. Open runs need no more than the record, which is in PostgreSQL.
 *
 * @param folder that of the embedded Temporal; null where it is not known
 */
export function withoutTemporalData(folder: string | null): string {
  const [from, to] =
    folder === null
      ? ['<LEADWRIGHT_HOME>/temporal', '<LEADWRIGHT_HOME>/temporal.damaged']
      : [folder, `${folder}.damaged`].map(quoteIfNeeded);
  return `open runs can start again from the record, without Temporal's data:  leadwright down --now; mv ${from} ${to} && leadwright doctor --repair`;
}
