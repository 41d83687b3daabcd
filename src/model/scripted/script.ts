/**
 * The script of a scripted model, as YAML:
 * ```yaml
 * tasks:
 *   Sum the cart:                     # a task's title
 *     - thinking: The cart is empty.  # optional: the thinking before the text
 *       text: Let me look first.      # optional: the text before the tool calls
 *       delay: 400                    # optional: duration of the answer in milliseconds, over which it is streamed
 *       tools:                        # optional: tool calls with their input
 *         - { name: read_file, input: { path: shop/cart.ts } }
 *     - on: tool                      # optional: give this answer only after this kind of result
 *       tools:
 *         - name: submit_changes
 *           input:
 *             explanation: Sums the lines.
 *             files:                  # content_file: like content, from a file beside the script
 *               - { path: shop/cart.ts, action: create, content_file: solutions/cart.ts }
 *     - on: red
 *       text: I give up.
 *       stop_reason: end_turn         # optional; default: tool_use with tools, end_turn without
 *     - stop_reason: refusal          # a refusal for safety; stop_details, optional, is what the API says about it
 *       stop_details: { category: cyber, explanation: It could enable harm. }
 *     - on: malformed                 # an error instead of an answer; retryAfter, in seconds, is optional
 *       status: { code: 529, type: overloaded_error, message: Overloaded, retryAfter: 2 }
 *     - text: It breaks off here.     # an answer that fails after `after` pieces (without `after`: before the head
 *       break: { by: reset, after: 2 }  # of the response): the connection is reset (`reset`), no more data comes
 *     - text: Or it never ends.       # (`stall`), or an error is sent (`error`: overloaded_error, always within a
 *       break: { by: error }          # stream)
 * ``` `on` is `start` (no result yet), `continued` (the same, after an earlier conversation of the task), `tool` (results of
 * edit_files, run_command and the read tools), `command-failed` (of a run_command with another exit code than 0), `red`,
 * `refused`, `conflict`, `red-merge`, `malformed` or `answered` (by a person). Each answer is given once in a conversation: the
 * next answer is the first unused one that has no `on`, or whose `on` is the kind of the last result. An error or an
 * answer that breaks off does not become part of the conversation, so the same request gets it again.
 */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf, UsageError } from '../../contract/errors.js';
import type { RecordedRequest } from './scripted-request.js';

/** The kinds of results that an answer can wait for. */
export const ON = [
  'start',
  'continued',
  'tool',
  'command-failed',
  'red',
  'refused',
  'conflict',
  'red-merge',
  'malformed',
  'answered',
] as const;

const STOP_REASONS = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
] as const;

/** The categories of refusals. */
const CATEGORIES = ['cyber', 'bio', 'frontier_llm', 'reasoning_extraction', 'general_harms'] as const;

const ANSWER = z
  .strictObject({
    on: z.enum(ON).optional(),
    thinking: z.string().optional(),
    text: z.string().min(1).optional(),
    tools: z
      .array(z.strictObject({ name: z.string().min(1), input: z.record(z.string(), z.unknown()) }))
      .optional(),
    stop_reason: z.enum(STOP_REASONS).optional(),
    stop_details: z
      .strictObject({ category: z.enum(CATEGORIES).nullable(), explanation: z.string().nullable() })
      .optional(),
    // More than a day is a mistake: no call has a longer timeout.
    delay: z.number().int().min(0).max(86_400_000).optional(),
    status: z
      .strictObject({
        code: z.number().int().min(400).max(599),
        type: z.string().min(1),
        message: z.string(),
        retryAfter: z.number().min(0).optional(),
      })
      .optional(),
    break: z
      .strictObject({ by: z.enum(['reset', 'stall', 'error']), after: z.number().int().min(0).optional() })
      .optional(),
  })
  .refine((answer) => answer.text ?? answer.tools ?? answer.stop_reason ?? answer.status ?? answer.break, {
    message: 'an answer has text, tools, stop_reason, status or break',
  });

const SCRIPT = z.strictObject({ tasks: z.record(z.string().min(1), z.array(ANSWER)) });

/** One answer of the model, or an error instead of one (`status`). */
export type Answer = z.output<typeof ANSWER>;

/** How an answer breaks off. */
export type Break = NonNullable<Answer['break']>;

/** The answers of each task, by its title. */
export type TaskScript = z.output<typeof SCRIPT>;

/** A script: the answers of each task or, for tests, a function of the request. */
export type Script = TaskScript | { readonly answer: (request: RecordedRequest) => Answer | Promise<Answer> };

/**
 * Reads a script and the files that it refers to.
 * @throws UsageError with all problems when the script is invalid or a `content_file` cannot be read
 */
export async function loadScript(file: string): Promise<TaskScript> {
  const read = SCRIPT.safeParse(await parseYaml(file));
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => ({
      line: null,
      path: path.map(String).join('.'),
      message,
    }));
    throw new UsageError(`${file} is not a valid script for the scripted model`, problems);
  }
  const folder = dirname(file);
  const tasks = Object.entries(read.data.tasks).map(
    async ([title, answers]) =>
      [title, await Promise.all(answers.map((answer) => withContents(answer, folder)))] as const,
  );
  return { tasks: Object.fromEntries(await Promise.all(tasks)) };
}

async function parseYaml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`The script ${file} cannot be read: ${messageOf(error)}`);
  }
}

async function withContents(answer: Answer, folder: string): Promise<Answer> {
  if (answer.tools === undefined) return answer;
  const tools = answer.tools.map(async ({ name, input }) => {
    const files = input['files'];
    if (!Array.isArray(files)) return { name, input };
    return {
      name,
      input: { ...input, files: await Promise.all(files.map((each) => withContent(each, folder))) },
    };
  });
  return { ...answer, tools: await Promise.all(tools) };
}

const WITH_CONTENT_FILE = z.looseObject({ content_file: z.string() });

/** Replaces the `content_file` of a submission's file by its content; returns other values unchanged. */
async function withContent(given: unknown, folder: string): Promise<unknown> {
  const file = WITH_CONTENT_FILE.safeParse(given);
  if (!file.success) return given;
  const { content_file: path, ...rest } = file.data;
  if (isAbsolute(path) || path.split('/').includes('..')) {
    throw new UsageError(`content_file: ${path} is not inside the folder of the script`);
  }
  try {
    return { ...rest, content: await readFile(join(folder, path), 'utf8') };
  } catch (error) {
    throw new UsageError(`content_file: ${messageOf(error)}`);
  }
}
