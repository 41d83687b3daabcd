/** After the run: a report to pass on, and an export of all that is known. */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, EXIT, messageOf, UsageError, type ExitCode } from '../../contract/errors.js';
import { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import { exportOf } from '../../runs/report/run-export.js';
import { reportMarkdown } from '../../runs/report/report-markdown.js';
import { reportPage } from '../../runs/report/report-page.js';
import { readRunStory, type RunStory } from '../../runs/report/run-story.js';
import { maskOwn } from '../../redaction/own-secrets.js';
import { existingRun, typedRunId } from '../following.js';
import { printJson, say } from '../output.js';
import { withSession, type Session } from '../session.js';

/** What stands for stdout. */
const STDOUT = '-';

export interface ReportOptions {
  readonly format?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** `leadwright report`: the page into a file, and the text for a pull request on stdout; or one of them. */
export async function report(env: Environment, run: string, options: ReportOptions): Promise<ExitCode> {
  const id = typedRunId(run);
  const outputs = outputsOf(id, options);
  return withStore(env, async (session, store) => {
    await existingRun(session, id);
    const story = await readRunStory(session.db, store, id, { mask: maskOwn });
    if (story === null) throw new UsageError(`There is no run ${id} any more`);
    const written = [];
    for (const { format, file } of outputs) {
      const text = textOf(format, story);
      if (file !== STDOUT) await write(file, text);
      else if (options.json !== true) process.stdout.write(text);
      written.push(file === STDOUT ? { format, file: null, text } : { format, file });
      if (file !== STDOUT) say(`The report is in ${file}`);
    }
    if (options.json === true) printJson({ runId: id, written });
    return EXIT.completed;
  });
}

type Format = 'html' | 'markdown';

/** What goes where. @throws UsageError */
function outputsOf(id: RunId, { format, output }: ReportOptions): { format: Format; file: string }[] {
  const page = output === undefined ? `leadwright-${id}.html` : output;
  switch (format) {
    case undefined:
      return [
        { format: 'html', file: page },
        // Where the page goes to stdout, there is no place for another text.
        ...(page === STDOUT ? [] : [{ format: 'markdown' as const, file: STDOUT }]),
      ];
    case 'html':
      return [{ format, file: page }];
    case 'markdown':
      return [{ format, file: output ?? STDOUT }];
    default:
      throw new UsageError(`--format is html or markdown, not ${JSON.stringify(format)}`);
  }
}

function textOf(format: Format, story: RunStory): string {
  return format === 'html' ? reportPage(story, new Date()) : reportMarkdown(story);
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw unwritable(file, error);
  });
}

function unwritable(file: string, error: unknown): EnvironmentError {
  return new EnvironmentError(
    `${resolve(file)} cannot be written: ${messageOf(error)}`,
    'Name another file with --output.',
  );
}

export interface ExportOptions {
  readonly output?: string;
  readonly json?: boolean;
}

/** `leadwright export`: a JSON document a line, to a file or to stdout. */
export async function exportRun(env: Environment, run: string, options: ExportOptions): Promise<ExitCode> {
  const id = typedRunId(run);
  const { output = STDOUT, json } = options;
  if (json === true && output === STDOUT)
    throw new UsageError('--json says what was written: name the file with --output');
  return withStore(env, async (session, store) => {
    const lines = await exportOf({ db: session.db, store }, id, session.urls(id));
    if (lines === null) await existingRun(session, id);
    else {
      const count = await writeLines(output, lines);
      if (json === true) printJson({ runId: id, file: output, lines: count });
      else if (output !== STDOUT) say(`${count} lines are in ${output}`);
    }
    return EXIT.completed;
  });
}

async function writeLines(output: string, lines: AsyncIterable<object>): Promise<number> {
  let count = 0;
  const texts = async function* () {
    for await (const line of lines) {
      count += 1;
      yield `${JSON.stringify(line)}\n`;
    }
  };
  // Piped, a run of thousands of tasks never waits in memory.
  if (output === STDOUT) await pipeline(texts, process.stdout, { end: false });
  else {
    await pipeline(texts, createWriteStream(output)).catch((error: unknown) => {
      throw isFileError(error) ? unwritable(output, error) : error;
    });
  }
  return count;
}

/** What the file system said, and not what the lines were read from. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

function withStore<T>(env: Environment, use: (session: Session, store: GitStore) => Promise<T>): Promise<T> {
  return withSession(env, 'none', async (session) => {
    const store = await GitStore.open(session.paths.store);
    try {
      return await use(session, store);
    } finally {
      store.close();
    }
  });
}
