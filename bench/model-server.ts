/**
 * The model of the benchmark, in a separate process so that its processor time is not counted as Leadwright's. The
 * model's name says what it does:
 * - `wait-200`: submits one small new file after 200 ms
 * - `wait-200-3`: makes three calls, each after 200 ms; the first two read a file
 * - `change-250`: changes one of 250 files at once
 * Its first line on stdout is its URL. It ends when its stdin closes.
 */
import { startScriptedModel } from '../src/model/scripted/scripted-model.js';
import type { Answer } from '../src/model/scripted/script.js';

let answered = 0;

/** The number of turns before this one. */
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
