/**
 * The model of the benchmark, a process of its own so that its processor time is nobody else's. It submits one
 * small file for each task, after as many milliseconds as the model's name says (`wait-200`; `wait-200-3` reads twice
 * before, each time after as long), or at once a change
 * of one of as many files as it says (`change-250`). The first line on
 * stdout is its URL; it ends with whoever holds its stdin.
 */
import { startScriptedModel } from '../src/model/scripted/scripted-model.js';
import type { Answer } from '../src/model/scripted/script.js';

let answered = 0;

/** Turns of the conversation before this one. */
function turnsIn(messages: readonly { readonly role: string }[]): number {
  return messages.filter(({ role }) => role === 'assistant').length;
}

function answer(model: string, turns: number): Answer {
  const delay = Number(/^wait-(\d+)/.exec(model)?.[1] ?? 0);
  const calls = Number(/^wait-\d+-(\d+)$/.exec(model)?.[1] ?? 1);
  if (turns + 1 < calls) return { delay, tools: [{ name: 'read_file', input: { path: 'README.md' } }] };
  answered += 1;
  const files = Number(/^change-(\d+)$/.exec(model)?.[1] ?? 0);
  const content = `File ${answered}.\n`;
  const file =
    files > 0
      ? { path: `made/${answered % files}.txt`, action: 'modify', content }
      : { path: `made/${answered}.txt`, action: 'create', content };
  return {
    delay,
    tools: [{ name: 'submit_changes', input: { explanation: 'Makes one small file.', files: [file] } }],
  };
}

const server = await startScriptedModel(
  { answer: ({ body }) => answer(body.model, turnsIn(body.messages)) },
  { record: false },
);
process.stdout.write(`${server.url}\n`);
process.stdin.resume().once('end', () => void server.close());
