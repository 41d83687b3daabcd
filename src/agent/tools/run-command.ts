import { z } from 'zod';
import { spellingFault } from '../../git/objects/tree-path.js';
import { defineTool } from './tool.js';

/** Linux refuses a single argument of 128 KiB. Quoted for a shell, a command may be four times as long. */
const MAX_COMMAND = 16_000;
/** Characters of all paths together; they become part of the same argument. */
const MAX_KEEP = 4_000;

const path = z.string().check((context) => {
  const fault = spellingFault(context.value);
  if (fault !== null) context.issues.push({ code: 'custom', input: context.value, message: `it ${fault}` });
});

export const runCommand = defineTool({
  name: 'run_command',
  description:
    'Runs a command with sh in a sandbox, in a fresh checkout of the draft without .git, as the tests run: the same set-up, no network. Whatever it writes is discarded, except the files named in keep, which become part of the draft. The result has the exit code and the output. Of a long output, it has the failures that a test runner reports, or the beginning and the end; read_output shows all of it.',
  schema: z.strictObject({
    command: z
      .string()
      .min(1)
      .max(MAX_COMMAND)
      .refine((text) => !text.includes('\0'), 'it holds the NUL character'),
    timeout_s: z
      .int()
      .positive()
      .optional()
      .describe("Seconds; at most, and when left out, the plan's limit"),
    keep: z
      .array(path)
      .refine(
        (paths) => paths.join('').length <= MAX_KEEP,
        `at most ${MAX_KEEP} characters in all paths together`,
      )
      .optional()
      .describe('Paths of files that the command writes, such as lock files, snapshots or formatted files'),
  }),
  effect: 'run',
  run: ({ command, timeout_s: seconds, keep = [] }) => ({
    command,
    timeoutMs: seconds === undefined ? null : seconds * 1_000,
    keep: [...new Set(keep)],
  }),
  label: ({ command }) => command,
});
