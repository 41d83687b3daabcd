/**
 * The model of the benchmark, a process of its own so that its processor time is nobody else's. It submits one
 * small file for each task, after as many milliseconds as the model's name says (`wait-200`), or at once a change
 * of one of as many files as it says (`change-250`). The first line on
 * stdout is its URL; it ends with whoever holds its stdin.
 */
import { startScriptedModel } from '../src/model/scripted-model.js';
import type { Answer } from '../src/model/scripted-script.js';

let answered = 0;

function answer(model: string): Answer {
  answered += 1;
  const files = Number(/^change-(\d+)$/.exec(model)?.[1] ?? 0);
  const content = `File ${answered}.\n`;
  const file =
    files > 0
      ? { path: `made/${answered % files}.txt`, action: 'modify', content }
      : { path: `made/${answered}.txt`, action: 'create', content };
  return {
    delay: Number(/^wait-(\d+)$/.exec(model)?.[1] ?? 0),
    tools: [{ name: 'submit_changes', input: { explanation: 'Makes one small file.', files: [file] } }],
  };
}

const server = await startScriptedModel({ answer: ({ body }) => answer(body.model) }, { record: false });
process.stdout.write(`${server.url}\n`);
process.stdin.resume().once('end', () => void server.close());
