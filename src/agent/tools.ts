import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';

/** One edit of a file: `search` occurs exactly once in it. */
const editSchema = z.strictObject({
  search: z.string().min(1).describe('Text that occurs exactly once in the file, copied exactly'),
  replace: z.string().describe('What stands there instead'),
});

const fileSchema = z.strictObject({
  path: z.string().min(1).describe("From the repository's root, with forward slashes"),
  action: z.enum(['create', 'modify', 'delete']),
  content: z.string().optional().describe('The whole new content (create and modify)'),
  edits: z.array(editSchema).min(1).optional().describe('Or edits of the present content, in order'),
});

const submissionSchema = z
  .strictObject({
    explanation: z.string().describe('What was done and why, for the person who reviews it'),
    files: z.array(fileSchema).describe('Every file that changes; empty when nothing has to'),
  })
  .check((context) => {
    context.value.files.forEach((file, index) => {
      const problem = shapeProblem(file);
      if (problem !== null) {
        context.issues.push({ code: 'custom', input: file, path: ['files', index], message: problem });
      }
    });
  });

/** A task's answer, well formed: `content` or `edits` for create and modify, neither for delete. */
export type Submission = z.output<typeof submissionSchema>;
export type FileChange = Submission['files'][number];

function shapeProblem(file: z.output<typeof fileSchema>): string | null {
  const given = Number(file.content !== undefined) + Number(file.edits !== undefined);
  if (file.action === 'delete') return given === 0 ? null : 'delete takes neither content nor edits';
  if (given === 1) return null;
  return given === 0 ? `${file.action} needs content or edits` : 'give content or edits, not both';
}

const inputs = {
  list_files: z.strictObject({
    path: z.string().optional().describe('A folder; the whole repository when left out'),
  }),
  read_file: z.strictObject({
    path: z.string().min(1),
    first_line: z.int().positive().optional().describe('From this line, 1 when left out'),
    last_line: z.int().positive().optional().describe('To this line, the last when left out'),
  }),
  search: z.strictObject({
    pattern: z.string().min(1).describe('A regular expression (Perl-compatible), matched line by line'),
    glob: z.string().min(1).optional().describe('Only in files that match, such as src/**/*.ts'),
  }),
  submit_changes: submissionSchema,
  ask_human: z.strictObject({ question: z.string().min(1) }),
} as const;

export type ToolName = keyof typeof inputs;
export type ToolInput<Name extends ToolName> = z.output<(typeof inputs)[Name]>;

const DESCRIPTIONS: Record<ToolName, string> = {
  list_files: 'Lists the files of the repository, or of one folder of it.',
  read_file: 'Reads a file, whole or some of its lines.',
  search: 'Finds lines that match a pattern, with the path and number of each.',
  submit_changes:
    "Submits the task's changes, all at once. They are applied as one commit and the task's tests run on it.",
  ask_human: 'Asks a person. The task waits until somebody answers; use it only when you cannot go on.',
};

/** The five tools, as the Messages API takes them. */
export const TOOLS: Anthropic.Tool[] = entriesOf(inputs).map(([name, schema]) => ({
  name,
  description: DESCRIPTIONS[name],
  input_schema: { ...z.toJSONSchema(schema, { io: 'input' }), type: 'object' },
}));

function entriesOf<T extends object>(value: T) {
  return Object.entries(value) as [keyof T & string, T[keyof T]][];
}

/** A tool call whose input was checked. */
export type ToolCall = {
  [Name in ToolName]: { readonly id: string; readonly name: Name; readonly input: ToolInput<Name> };
}[ToolName];

export type CheckedCall =
  | { readonly ok: true; readonly call: ToolCall }
  | { readonly ok: false; readonly id: string; readonly problem: string };

/** Checks what the model called: the tool exists and its input fits. `problem` is a sentence for the model. */
export function checkCall(block: Anthropic.ToolUseBlock): CheckedCall {
  const { id, name } = block;
  switch (name) {
    case 'list_files':
      return checked(id, name, inputs.list_files.safeParse(block.input), (input) => ({ id, name, input }));
    case 'read_file':
      return checked(id, name, inputs.read_file.safeParse(block.input), (input) => ({ id, name, input }));
    case 'search':
      return checked(id, name, inputs.search.safeParse(block.input), (input) => ({ id, name, input }));
    case 'submit_changes':
      return checked(id, name, inputs.submit_changes.safeParse(block.input), (input) => ({
        id,
        name,
        input,
      }));
    case 'ask_human':
      return checked(id, name, inputs.ask_human.safeParse(block.input), (input) => ({ id, name, input }));
    default:
      return { ok: false, id, problem: `there is no tool ${JSON.stringify(name)}` };
  }
}

/** More would only repeat the same mistake at the model's expense. */
const PROBLEMS_SHOWN = 10;

function checked<T>(
  id: string,
  name: ToolName,
  parsed: z.ZodSafeParseResult<T>,
  callOf: (input: T) => ToolCall,
): CheckedCall {
  if (parsed.success) return { ok: true, call: callOf(parsed.data) };
  const problems = parsed.error.issues
    .slice(0, PROBLEMS_SHOWN)
    .map((issue) => `${issue.path.length === 0 ? 'input' : issue.path.join('.')}: ${issue.message}`);
  return { ok: false, id, problem: `the input of ${name} does not fit its schema: ${problems.join('; ')}` };
}
