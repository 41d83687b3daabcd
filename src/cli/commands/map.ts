import { Option, type Command } from 'commander';
import { Redactors } from '../../activities/support/redactors.js';
import { ChangeLogs } from '../../codebase/change-logs.js';
import { MAP_TOKENS, RepoMaps } from '../../codebase/repo-maps.js';
import { CHARS_PER_TOKEN } from '../../codebase/repo-map.js';
import { messageOf, UsageError, type ExitCode } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { readInputFile } from '../input-file.js';
import { wholeNumber } from '../option-values.js';
import { print, printResult, say } from '../print/output.js';
import { pathsOf } from '../session/session.js';
import { addCommitOptions, withCodeIndex, type CommitOptions } from '../session/with-code-index.js';

interface MapOptions extends CommitOptions, JsonOption {
  readonly text?: string;
  readonly textFile?: string;
  readonly tokens: number;
}

/** A model's whole window. */
const MAX_TOKENS = 1_000_000;

export function declare(command: Command, act: Act): void {
  addJsonOption(addCommitOptions(command))
    .option('--text <text>', 'a task: its title, and its description on further lines')
    .addOption(new Option('--text-file <file>', 'the same from a file').conflicts('text'))
    .option('--tokens <n>', 'the longest map, 3.5 characters a token', wholeNumber(1, MAX_TOKENS), MAP_TOKENS)
    .action((options: MapOptions) => act((env) => map(env, options)));
  addExamples(
    command,
    'leadwright map --text "Round prices half up"',
    'leadwright map --repo ../shop --at v1.2 --text-file task.md --tokens 1000 --json',
  );
}

async function map(env: Environment, options: MapOptions): Promise<ExitCode> {
  const text = await readText(options);
  return withCodeIndex(env, options, async ({ root, commit, source, code }) => {
    const redactor = await new Redactors(source, env).ofRun({ base: commit, plan: { mcp: {}, env: [] } });
    const { text: printed, files } = await new RepoMaps(new ChangeLogs(pathsOf(env).changeLogs)).make({
      code,
      past: { gitDir: source.gitDir, commit },
      ...{ text, files: [], test: '', tokens: options.tokens },
      show: (shown) => redactor.redact(shown),
    });
    const listed = files.map(({ path, symbols }) => ({
      path,
      symbols: symbols.map(({ name, kind, line }) => ({ name, kind, line })),
    }));
    const tokens = Math.ceil(printed.length / CHARS_PER_TOKEN);
    return printResult(options, { tokens, files: listed }, () => {
      if (printed === '') say(`${root} has no file that fits into ${options.tokens} tokens.`);
      else print(printed.trimEnd());
    });
  });
}

/** More than a model reads of one task. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

async function readText({ text = '', textFile }: MapOptions): Promise<string> {
  if (textFile === undefined) return text;
  const bytes = await readInputFile(textFile, MAX_TEXT_BYTES).catch((error: unknown) => {
    throw new UsageError(`--text-file cannot be read: ${messageOf(error)}`);
  });
  if (bytes.length > MAX_TEXT_BYTES)
    throw new UsageError(`--text-file is longer than ${MAX_TEXT_BYTES} bytes, or has no end: ${textFile}`);
  return bytes.toString();
}
