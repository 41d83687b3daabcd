import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { exportOf } from '../../runs/report/run-export.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { jsonLine, pipeStdout, printJson, say } from '../print/output.js';
import { requireRun, withRun } from '../requested-run.js';
import { cannotWrite, STDOUT } from '../print/output-file.js';
import { withStore } from '../session/with-store.js';
import { errorCode } from '../../shared/error-code.js';

interface ExportOptions extends JsonOption {
  readonly output: string;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--output <file>', 'the file to write to; - is stdout', STDOUT)
    .action((run: string, options: ExportOptions) => act((env) => exportRun(env, run, options)));
  addExamples(command, 'leadwright export shop-k3x9pq --output shop.jsonl');
}

async function exportRun(env: Environment, run: string, { output, json }: ExportOptions): Promise<ExitCode> {
  if (json === true && output === STDOUT)
    throw new UsageError(
      '--json prints a summary on stdout, so the export needs a file: name it with --output',
    );
  return withRun(env, run, (id, reader) =>
    withStore(reader.paths, async (store) => {
      const lines = await exportOf({ db: await reader.database(), store }, id, reader.urls(id));
      if (lines === null) await requireRun(reader, id);
      else {
        const count = await writeLines(output, lines);
        if (json === true) printJson({ runId: id, file: output, lines: count });
        else if (output !== STDOUT) say(`Wrote ${count} lines to ${output}`);
      }
      return EXIT.completed;
    }),
  );
}

async function writeLines(output: string, lines: AsyncIterable<object>): Promise<number> {
  let count = 0;
  const texts = async function* () {
    for await (const line of lines) {
      count += 1;
      yield jsonLine(line);
    }
  };
  // A pipeline applies backpressure, so a run of thousands of tasks is never in memory at once.
  if (output === STDOUT) await pipeStdout(texts);
  else {
    await pipeline(texts, createWriteStream(output)).catch((error: unknown) => {
      throw isFileError(error) ? cannotWrite(output, error) : error;
    });
  }
  return count;
}

/** What only a file can fail with. An error of a write does not name the file. */
const FILE_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS']);

/** Whether writing the file failed, rather than reading the lines. */
function isFileError(error: unknown): boolean {
  return (
    error instanceof Error &&
    'syscall' in error &&
    ('path' in error || FILE_CODES.has(errorCode(error) ?? ''))
  );
}
