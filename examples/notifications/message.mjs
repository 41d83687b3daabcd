/**
 * Reads a notification of `on_blocker` or `on_end` from stdin and words it for a person. Used by the scripts beside it:
 * copy this file with them.
 */
import { readFileSync } from 'node:fs';

const SIGNS = { completed: '✅', failed: '❌', cancelled: '⏹️' };

/** @returns {{ title: string, lines: string[] }} */
export function readMessage() {
  const value = JSON.parse(readFileSync(0, 'utf8'));
  return 'question' in value ? blockerMessage(value) : endMessage(value);
}

function blockerMessage({ id, runId, taskId, question }) {
  return {
    title: `❓ ${runId} waits for an answer${taskId === null ? '' : ` about ${taskId}`}`,
    lines: [question, `leadwright answer ${id} …`],
  };
}

function endMessage({ runId, status, tasks, verify, accepted, branch, usage }) {
  const done = tasks.filter((task) => task.status === 'completed').length;
  const failed = tasks.filter((task) => task.status === 'failed' || task.status === 'skipped');
  return {
    title: `${SIGNS[status] ?? ''} ${runId} ${status}: ${done} of ${tasks.length} tasks`,
    lines: [
      `branch ${branch}, $${usage.costUsd.toFixed(2)}`,
      ...(verify === 'failed' ? ['verify failed on the branch'] : []),
      ...(accepted.length === 0 ? [] : [`accepted by a person: ${accepted.join(', ')}`]),
      ...failed.map(({ id, error }) => `${id}: ${error ?? 'failed'}`),
    ],
  };
}

/** Posts JSON, and ends with an error that says why when that fails. */
export async function post(variable, payload) {
  const url = process.env[variable];
  if (!url) throw new Error(`Set ${variable} where Leadwright's worker is started.`);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(payload),
  });
  if (!response.ok) throw new Error(`${variable}: ${response.status} ${await response.text()}`);
}
