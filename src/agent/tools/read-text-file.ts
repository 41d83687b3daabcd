import { posix } from 'node:path';
import { describeLink, whyWithheld, type ShownFiles } from '../shown-files.js';
import { formatList } from '../../shared/words/format.js';
import { answer, failure } from './read-result.js';
import type { ReadResult } from './tool.js';

/** Reads a file for a tool: its text as the model may see it, or the result that says why there is none. */
export async function readTextFile(
  files: ShownFiles,
  path: string,
): Promise<{ readonly text: string; readonly blob: string } | { readonly result: ReadResult }> {
  const file = await files.read(path);
  switch (file.kind) {
    case 'text':
      return { text: file.text, blob: file.blob };
    case 'too-large':
      return { result: failure(file.why) };
    case 'missing':
      return { result: await describeMissing(files, path) };
    case 'link':
      // No error: the text of a link is the repository's, and only the text of an answer is marked as such.
      return { result: answer(describeLink(path, file), []) };
    case 'withheld':
      return { result: failure(whyWithheld(path, file.why)) };
    case 'binary':
      return { result: answer(`${path} is not text (${file.bytes} bytes)`, [path]) };
  }
}

/** Files of the same name that a result lists. */
const NAMES_SHOWN = 5;

/** What is at the path instead of a file, or where a file of its name is. */
async function describeMissing(files: ShownFiles, path: string): Promise<ReadResult> {
  const missing = `there is no file ${JSON.stringify(path)}`;
  const plain = posix.normalize(path.replace(/^\/+/, '')).replace(/\/$/, '');
  const paths = (await files.list()).filter(({ withheld }) => !withheld).map((file) => file.path);
  if (paths.includes(plain)) return failure(`${missing}: call it ${JSON.stringify(plain)}`);
  if (plain === '.' || paths.some((each) => each.startsWith(`${plain}/`)))
    return failure(`${JSON.stringify(path)} is a folder: list_files shows it`);
  const name = posix.basename(plain);
  const alike = paths.filter((each) => posix.basename(each) === name && files.redact(each) === each);
  if (alike.length === 0) return failure(missing);
  const names = alike.map((each) => JSON.stringify(each));
  // No error, as for a link: the paths are the repository's.
  return answer(`${missing}. Files of this name: ${formatList(names, NAMES_SHOWN)}`, []);
}
