import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { reportMarkdown } from '../../runs/report/report-markdown.js';
import { reportPage } from '../../runs/report/report-page.js';
import { readRunReport, type RunReport } from '../../runs/report/run-report.js';
import { redactOwnSecrets } from '../../redaction/own-secrets.js';
import { makeFolder } from '../../shared/files/make-folder.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { printResult, say, writeText } from '../print/output.js';
import { cannotWrite, STDOUT } from '../print/output-file.js';
import { withRun } from '../requested-run.js';
import { withStore } from '../session/with-store.js';

const FORMATS = ['html', 'markdown'] as const;
type Format = (typeof FORMATS)[number];

interface ReportOptions extends JsonOption {
  readonly format?: Format;
  readonly output?: string;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .addOption(new Option('--format <format>', 'write only this format').choices(FORMATS))
    .option(
      '--output <file>',
      'the file of the page (default: RUN.html in the folder reports of LEADWRIGHT_HOME); - is stdout',
    )
    .action((run: string, options: ReportOptions) => act((env) => report(env, run, options)));
  addExamples(command, 'leadwright report shop-k3x9pq | gh pr create --title Shop --body-file -');
}

interface Output {
  readonly format: Format;
  readonly file: string;
}

async function report(env: Environment, run: string, options: ReportOptions): Promise<ExitCode> {
  return withRun(env, run, (id, reader) =>
    withStore(reader.paths, async (store) => {
      const story = await readRunReport(await reader.database(), store, id, { redact: redactOwnSecrets });
      if (story === null) throw new UsageError(`The run ${id} was deleted meanwhile`);
      const page = options.output ?? (await defaultFile(reader.paths.reports, id));
      const written = outputsOf(page, options).map((output) => ({
        ...output,
        text: textOf(output.format, story),
      }));
      for (const { file, text } of written) {
        if (file === STDOUT) continue;
        await writeFile(file, text).catch((error: unknown) => {
          throw cannotWrite(file, error);
        });
        say(`The report is in ${file}`);
      }
      const result = written.map(({ format, file, text }) =>
        file === STDOUT ? { format, file: null, text } : { format, file },
      );
      return printResult(options, { runId: id, written: result }, () => {
        for (const { file, text } of written) if (file === STDOUT) writeText(text);
      });
    }),
  );
}

/** Outside of every repository, where the page would be an uncommitted file. */
async function defaultFile(reports: string, id: RunId): Promise<string> {
  await makeFolder(reports);
  return join(reports, `${id}.html`);
}

/** Decides which format goes where: without `--format`, the page into a file and Markdown to stdout. */
function outputsOf(page: string, { format, output }: ReportOptions): Output[] {
  if (format === 'markdown') return [{ format, file: output ?? STDOUT }];
  const html = { format: 'html', file: page } as const;
  // With the page on stdout, the Markdown would be mixed into it.
  return format === 'html' || page === STDOUT ? [html] : [html, { format: 'markdown', file: STDOUT }];
}

function textOf(format: Format, story: RunReport): string {
  return format === 'html' ? reportPage(story, new Date()) : reportMarkdown(story);
}
