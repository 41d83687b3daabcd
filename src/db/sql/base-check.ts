import { z } from 'zod';
import { roleSchema } from '../../contract/status-schemas.js';
import type { RunId } from '../../contract/ids.js';
import { taskIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

export const selectTestCommands = defineStatement({
  name: 'select-test-commands',
  reason: 'quick',
  why: 'The tests of the base check. A person waits for the first model call, which comes after it.',
  text: `SELECT test_command AS command, max(test_timeout_ms) AS "timeoutMs" FROM tasks WHERE run_id = $1
    GROUP BY test_command ORDER BY min(number)`,
  values: (run: RunId) => [run],
  row: { command: z.string(), timeoutMs: z.int() },
});

export const selectJudgedTasks = defineStatement({
  name: 'select-judged-tasks',
  reason: 'quick',
  why: 'The warnings of the base check about tests that nothing protects. A person waits for what comes after it.',
  text: `SELECT id, assigned_to AS agent, test_command AS test, COALESCE(depends_on, '{}') AS "dependsOn"
    FROM tasks WHERE run_id = $1 ORDER BY number`,
  values: (run: RunId) => [run],
  row: { id: taskIdColumn, agent: roleSchema, test: z.string(), dependsOn: z.array(taskIdColumn) },
});

export const updateTestWarnings = defineStatement({
  name: 'update-test-warnings',
  reason: 'quick',
  why: 'What the base check found. A person waits for what comes after it.',
  text: 'UPDATE runs SET test_warnings = $2 WHERE id = $1',
  values: (run: RunId, warnings: readonly string[]) => [run, warnings],
});
