/** File changes as the model writes them, and a submission of them. */
import { z } from 'zod';
import { pathInput } from '../tools/path-input.js';

/** One edit of a file: `search` occurs exactly once in it. */
const editSchema = z.strictObject({
  search: z.string().min(1).describe('Text that occurs exactly once in the file, copied exactly'),
  replace: z.string().describe('What stands there instead'),
});

const fileSchema = z.strictObject({
  path: pathInput.describe("From the repository's root, with forward slashes; the new path of a move"),
  action: z.enum(['create', 'modify', 'delete', 'move']),
  from: pathInput.optional().describe('The present path (move)'),
  content: z.string().optional().describe('The whole new content (create, modify and, if it changes, move)'),
  edits: z.array(editSchema).min(1).optional().describe('Or edits of the present content, in order'),
  executable: z
    .boolean()
    .optional()
    .describe('Whether the file can be executed; as it is when left out, and not for a new file'),
});

/** Files of one call: more than fit into an answer of any model. Each is looked up in the repository several times. */
const MOST_FILES = 5_000;

/** Changes of files, each of which may be ill-formed (`shapeProblem`). */
export const fileListSchema = z.array(fileSchema).check((context) => {
  if (context.value.length <= MOST_FILES) return;
  context.issues.push({
    code: 'custom',
    input: context.value,
    message: `at most ${MOST_FILES} files in a call`,
    continue: false,
  });
});

/** Changes of files: `content` or `edits` for create and modify, `from` for move, none of them for delete. */
const filesSchema = fileListSchema.check((context) => {
  context.value.forEach((file, index) => {
    const problem = shapeProblem(file);
    if (problem !== null)
      context.issues.push({ code: 'custom', input: file, path: [index], message: problem });
  });
});

export const submissionSchema = z.strictObject({
  explanation: z.string().describe('What was done and why, for the person who reviews it'),
  files: filesSchema
    .optional()
    .describe('Last changes of the draft, all of them or none; left out when the draft has everything'),
});

export type Submission = z.output<typeof submissionSchema>;
export type FileChange = z.output<typeof fileSchema>;

/** What is wrong with the form of a change, for the model; null when it is well-formed. */
export function shapeProblem({ action, from, content, edits, executable }: FileChange): string | null {
  const given = Number(content !== undefined) + Number(edits !== undefined);
  if ((from !== undefined) !== (action === 'move')) {
    return action === 'move' ? 'move needs from' : `${action} takes no from`;
  }
  if (given > 1) return 'give content or edits, not both';
  switch (action) {
    case 'delete':
      return given === 0 && executable === undefined
        ? null
        : 'delete takes neither content nor edits nor executable';
    case 'move':
      return null;
    case 'create':
      return given === 1 ? null : 'create needs content or edits';
    case 'modify':
      return given === 1 || executable !== undefined ? null : 'modify needs content or edits';
  }
}

/** The paths that a change touches. */
export function pathsOf({ path, from }: FileChange): readonly string[] {
  return from === undefined ? [path] : [from, path];
}
