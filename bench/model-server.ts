/**
 * The model of the benchmark, in a separate process so that its processor time is not counted as Leadwright's. The
 * model's name says how it answers (`modelName`, `unevenModel` in project.ts):
 * - `wait-200`: one call, answered after 200 ms
 * - `wait-200-3`: three calls, each answered after 200 ms; the first two read a file
 * - `uneven-3000`: one call, answered after up to 3,000 ms
 * The task says what is submitted: a change of the file or the module that it names, or else a small new file. Its first line on stdout is its URL. It ends when its stdin closes.
 */
import { startScriptedModel } from '../src/model/scripted/scripted-model.js';
import type { Answer } from '../src/model/scripted/script.js';
import type { MessagesRequest } from '../src/model/scripted/scripted-request.js';
import { wishedFile } from './project.js';
import { pathOf, solutionOf, wishedModule } from './pytest-project.js';

let answered = 0;

/** The number of turns before this one. */
function turnsIn(messages: readonly { readonly role: string }[]): number {
  return messages.filter(({ role }) => role === 'assistant').length;
}

function answer({ model, messages }: MessagesRequest): Answer {
  const longest = Number(/^uneven-(\d+)$/.exec(model)?.[1] ?? 1);
  // Spread evenly: 7,919 is a prime number.
  const delay = Number(/^wait-(\d+)/.exec(model)?.[1] ?? (answered * 7_919) % longest);
  const calls = Number(/^wait-\d+-(\d+)$/.exec(model)?.[1] ?? 1);
  if (turnsIn(messages) + 1 < calls)
    return { delay, tools: [{ name: 'read_file', input: { path: 'README.md' } }] };
  answered += 1;
  const input = { explanation: 'Makes one small file.', files: [fileFor(JSON.stringify(messages[0]))] };
  return { delay, tools: [{ name: 'submit_changes', input }] };
}

function fileFor(task: string) {
  const content = `File ${answered}.\n`;
  const named = wishedFile(task);
  if (named !== undefined) return { path: named, action: 'modify', content };
  const module = wishedModule(task);
  if (module !== undefined) return { path: pathOf(module), action: 'modify', content: solutionOf(module) };
  // Not in the folder of the files that tasks change.
  return { path: `new/${answered}.txt`, action: 'create', content };
}

const server = await startScriptedModel({ answer: ({ body }) => answer(body) }, { record: false });
process.stdout.write(`${server.url}\n`);
process.stdin.resume().once('end', () => void server.close());
