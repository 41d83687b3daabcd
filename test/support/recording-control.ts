/** Run control for browser tests: records what the page asks for. Of all actions only answers take effect. */
import { recordAnswer } from '../../src/db/blockers.js';
import type { Database } from '../../src/db/database.js';
import type { RunControl } from '../../src/server/control-service.js';

export interface RecordingControl {
  /** One line for each request, such as `pause day` or `skip day:cart:1`; a test may empty it. */
  readonly asked: string[];
  readonly control: (db: Database) => RunControl;
}

export function recordingControl(): RecordingControl {
  const asked: string[] = [];
  const record =
    (action: string) =>
    (...of: readonly (string | number)[]): Promise<void> => {
      asked.push([action, ...of].join(' '));
      return Promise.resolve();
    };
  return {
    asked,
    control: (db) => ({
      answer: async (blocker, given) => {
        asked.push(`${given.choice.kind} ${blocker}`);
        await recordAnswer(db, blocker, { ...given, by: 'dashboard' });
      },
      pause: record('pause'),
      resume: record('resume'),
      cancel: record('cancel'),
      setConcurrency: record('concurrency'),
      retry: ({ runId, taskId }) => record('retry')(runId, taskId),
      retryFailed: record('retry the failed of'),
    }),
  };
}
