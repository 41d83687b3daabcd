/** An event as a sentence, for the command line and the dashboard. Pure. */
import type { EventData, LeadwrightEvent } from '../../contract/events.js';
import type { TaskStatus } from '../../contract/run-status.js';
import { PHASE_WORDS } from './run-phase.js';
import { waitingSentence } from './waiting-sentence.js';
import { formatShort, formatList, formatUsd, shortCommit } from './format.js';

/** A task's status in words. */
export function statusLabel(status: TaskStatus): string {
  return status === 'in_progress' ? 'in progress' : status;
}

/** Describes an event in a sentence. Text of other authors (a reason, an error) is in it unescaped. */
export function eventSentence(event: LeadwrightEvent): string {
  switch (event.type) {
    case 'run.status':
      return withReason(event.data.status, isStart(event) ? PHASE_WORDS.base : event.data.reason);
    case 'task.status':
      return taskStatus(event.data);
    case 'model.call':
      return modelCall(event.data);
    case 'model.waiting':
      return waitingSentence(event.data, Date.parse(event.at));
    case 'model.answering':
      return 'the model answers again';
    case 'conversation.compacted':
      return `summarised its conversation (${event.data.fromTokens} tokens) in ${event.data.toTokens}`;
    case 'command.finished':
      return commandFinished(event.data);
    case 'mcp.call':
      return mcpCall(event.data);
    case 'changes.applied':
      return event.data.files.length === 0
        ? 'submitted no changes'
        : `changed ${formatList(event.data.files)} (attempt ${event.data.attempt})`;
    case 'changes.refused':
      return changesRefused(event.data);
    case 'tests.finished':
      return testsFinished(event.data);
    case 'correction.started':
      return withReason(`correction ${event.data.correction}`, event.data.reason);
    case 'merge.finished':
      return mergeFinished(event.data);
    case 'blocker.raised':
      return `${withReason('waits for a person', event.data.question)}${answerHint(event.data)}`;
    case 'blocker.resolved':
      return withReason(`answered by ${event.data.by}`, event.data.answer);
  }
}

/** Whether an event is the start of its run. */
function isStart(event: LeadwrightEvent): boolean {
  return event.type === 'run.status' && event.data.status === 'running' && event.data.from === null;
}

/** The end of the sentence of a question: the command that answers it. */
export function answerHint({ blockerId }: Pick<EventData<'blocker.raised'>, 'blockerId'>): string {
  return ` (leadwright answer ${blockerId} …)`;
}

function changesRefused({ path, reason }: EventData<'changes.refused'>): string {
  // Some reasons begin with the path.
  const names = path !== undefined && !reason.startsWith(`${path} `);
  return withReason(names ? `changes refused: ${path}` : 'changes refused', reason);
}

function taskStatus({ status, from, agentId, attempt, error }: EventData<'task.status'>): string {
  switch (status) {
    case 'in_progress':
      return `${from === 'blocked' ? 'goes on' : 'started'}: ${agentId}, attempt ${attempt}`;
    case 'pending':
      return 'to be tried again';
    case 'completed':
    case 'failed':
    case 'blocked':
    case 'cancelled':
    case 'skipped':
      return withReason(statusLabel(status), error);
  }
}

function modelCall({ model, ms, inputTokens, outputTokens, costUsd, stopReason }: EventData<'model.call'>) {
  // Nothing may also be the cost of a model without a known price, which the event does not tell apart.
  const cost = costUsd === 0 ? '' : `${formatUsd(costUsd)}, `;
  return `${model} answered in ${formatShort(ms)} (${inputTokens} tokens in, ${outputTokens} out, ${cost}${stopReason})`;
}

function commandFinished({ command, exitCode, ms, kept }: EventData<'command.finished'>): string {
  const end = exitCode === null ? 'was ended' : `exit ${exitCode}`;
  const line = command.replaceAll(/\s+/g, ' ').slice(0, 200);
  const keeping = kept.length === 0 ? '' : `, kept ${formatList(kept)}`;
  return `ran ${line} (${end}, ${formatShort(ms)}${keeping})`;
}

const MCP_OUTCOMES = { ok: 'answered', error: 'error', unknown: 'unknown outcome' } as const;

function mcpCall({ server, tool, outcome, ms }: EventData<'mcp.call'>): string {
  return `called ${tool} of the MCP server ${server} (${MCP_OUTCOMES[outcome]}, ${formatShort(ms)})`;
}

function testsFinished({ passed, exitCode, ms, summary }: EventData<'tests.finished'>): string {
  if (passed) return `tests passed (${formatShort(ms)})`;
  if (exitCode === null) return withReason('tests were ended', summary);
  const isTold = new RegExp(`exit code ${exitCode}\\b`).test(summary);
  return withReason(isTold ? 'tests failed' : `tests failed (exit ${exitCode})`, summary);
}

function mergeFinished({ outcome, commit, files }: EventData<'merge.finished'>): string {
  switch (outcome) {
    case 'landed':
      return commit === undefined
        ? 'landed: there was nothing to change'
        : `landed as ${shortCommit(commit)}`;
    case 'conflict':
      return files === undefined ? 'merge conflict' : withReason('merge conflict', formatList(files));
    case 'red':
      return 'merged with the others, its tests fail';
  }
}

function withReason(what: string, reason: string | undefined): string {
  return reason === undefined || reason === '' ? what : `${what}: ${reason}`;
}
