/** Answers of the model in tests, in the scripted model's format. */
import assert from 'node:assert/strict';
import type { ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import { blocksOf } from '../../src/model/scripted/scripted-request.js';
import type { Answer } from '../../src/model/scripted/script.js';
import type { FileChange } from '../../src/agent/changes/submission.js';

/** A call of submit_changes. */
export function submits(...files: readonly FileChange[]): Answer {
  return { tools: [{ name: 'submit_changes', input: { explanation: 'Done as asked.', files } }] };
}

/** A call of edit_files. */
export function edits(...files: readonly FileChange[]): Answer {
  return { tools: [{ name: 'edit_files', input: { files } }] };
}

/** A submission that writes whole files. */
export function writes(files: Readonly<Record<string, string>>): Answer {
  return submits(
    ...Object.entries(files).map(([path, content]) => ({ path, action: 'create' as const, content })),
  );
}

/** A call of any tool, with any input. */
export function calls(name: string, input: Record<string, unknown>): Answer {
  return { tools: [{ name, input }] };
}

/** An API error instead of an answer. */
export function fails(code: number, retryAfter?: number): Answer {
  const status = { code, type: 'api_error', message: 'As told by the test' };
  return { status: retryAfter === undefined ? status : { ...status, retryAfter } };
}

/** Gives the answers of one conversation in order, however often each is asked for. */
export function inOrder(answers: readonly Answer[]): (request: RecordedRequest) => Answer {
  return ({ body }) => answers[answersIn(body)] ?? assert.fail('no answer left');
}

/** The number of answers that a request's conversation holds. */
export function answersIn({ messages }: RecordedRequest['body']): number {
  return messages.filter(({ role }) => role === 'assistant').length;
}

/** The last message of the newest request as one text. */
export function lastMessageOf({ requests }: Pick<ScriptedModel, 'requests'>): string {
  return lastText(requests.at(-1) ?? assert.fail('the model was not asked'));
}

/** The last message of a request as one text: plain text, or the results of tools. */
export function lastText({ body }: RecordedRequest): string {
  const last = body.messages.at(-1);
  return last === undefined ? '' : blocksOf(last).map(blockText).join('\n');
}

function blockText(block: ReturnType<typeof blocksOf>[number]): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'thinking':
      return block.thinking;
    case 'tool_use':
      return block.name;
    case 'tool_result':
      return typeof block.content === 'string'
        ? block.content
        : (block.content ?? []).map(({ text }) => text).join('\n');
  }
}
