import { describeLink, whyWithheld, type ShownFiles } from '../shown-files.js';
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
      return { result: failure(`there is no file ${JSON.stringify(path)}`) };
    case 'link':
      // No error: the text of a link is the repository's, and only the text of an answer is marked as such.
      return { result: answer(describeLink(path, file), []) };
    case 'withheld':
      return { result: failure(whyWithheld(path, file.why)) };
    case 'binary':
      return { result: answer(`${path} is not text (${file.bytes} bytes)`, [path]) };
  }
}
