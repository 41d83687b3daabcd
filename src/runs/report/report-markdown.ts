/** The Markdown report of a run, for the description of a pull request on GitHub or GitLab. Pure. */
import type { TaskBlocker, VerdictView } from '../../contract/api.js';
import type { TaskId } from '../../contract/ids.js';
import { hasBranch } from '../../shared/words/branch-commands.js';
import { showInvisible } from '../../shared/words/visible-text.js';
import { costAmount, costWords } from '../../shared/words/cost-words.js';
import { count, formatUsd } from '../../shared/words/format.js';
import { acceptedWords, verifyWords } from '../../shared/words/judgement-words.js';
import { isCostUnknown, type RunReport, type TaskReport } from './run-report.js';

/** Texts are cut here, in characters; the HTML report has all of them. */
const MAX_TEXT_CHARS = 400;

/** The text. Whatever people, models and tests wrote is escaped in it. */
export function reportMarkdown(story: RunReport): string {
  const { graph, stop, runId, usage, tasks, blockers } = story;
  const done = graph.tasks.filter(({ status }) => status === 'completed').length;
  const corrections = graph.tasks.reduce((sum, task) => sum + task.corrections, 0);
  const { calls, costUsd } = usage.possiblyBilled;
  const verify = verifyWords(graph.status, graph.verify);
  const asked = [
    ...blockers.map((each) => question(null, each)),
    ...tasks.flatMap(({ task, blockers: ofTask }) => ofTask.map((each) => question(task.id, each))),
  ];
  return [
    `## ${escapeMarkdown(graph.name)}`,
    '',
    ...(graph.runsOnYourMachine.length === 0
      ? []
      : [
          '### Runs on your machine',
          '',
          ...graph.runsOnYourMachine.map((path) => `- ${escapeMarkdown(path)}`),
          '',
        ]),
    `Run ${code(runId)}: ${graph.status}${verify === null ? '' : `, ${verify}`}, ${done} of ${count(graph.tasks.length, 'task')} completed, ` +
      `${count(corrections, 'correction')}, ${count(usage.modelCalls, 'model call')}, ${costWords(usage.costUsd, graph.unpricedModels)}` +
      `${costUsd === 0 ? '' : ` (and up to ${formatUsd(costUsd)} possibly billed)`}.${hasBranch(graph) ? ` Branch ${code(graph.branch)}.` : ''}`,
    ...(stop === null ? [] : ['', escapeMarkdown(stop.reason)]),
    ...(calls === 0
      ? []
      : [
          '',
          `Possibly billed: ${count(calls, 'call was', 'calls were')} sent to the model and never fully answered. The provider's bill says whether ${calls === 1 ? 'it' : 'they'} cost anything.`,
        ]),
    '',
    '| Task | Status | Result | Tests | Cost |',
    '| --- | --- | --- | --- | --- |',
    ...tasks.map((task) => row(task, isCostUnknown(task, graph))),
    ...(asked.length === 0 ? [] : ['', '### Questions and answers', '', ...asked]),
    '',
  ].join('\n');
}

function row({ task, attempts }: TaskReport, isUnpriced: boolean): string {
  const last = attempts.at(-1);
  const cells = [
    escapeMarkdown(task.title),
    acceptedWords(task.status, task.verdict) ?? task.status.replaceAll('_', ' '),
    escapeMarkdown(truncate(task.error ?? last?.explanation ?? '')),
    last === undefined || last.test === null ? '' : verdict(last.test),
    costAmount(task.costUsd, isUnpriced),
  ];
  return `| ${cells.join(' | ')} |`;
}

function verdict({ passed, summary }: VerdictView): string {
  const word = passed ? 'passed' : 'failed';
  return summary === word ? word : `${word}: ${escapeMarkdown(summary)}`;
}

function question(task: TaskId | null, { question: text, resolvedBy, answer }: TaskBlocker): string {
  const reply = resolvedBy === null ? 'not answered yet' : escapeMarkdown(truncate(answer ?? ''));
  const of = task === null ? '' : `${code(task)}: `;
  return `- ${of}${escapeMarkdown(truncate(text))} ${reply === '' ? '' : `**${reply}**`}`.trimEnd();
}

function truncate(text: string): string {
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS).trimEnd()}…`;
}

/**
 * A zero-width space: it keeps `@name`, `#1` and addresses from becoming mentions, references and links. As an entity,
 * because the report itself has no invisible characters.
 */
const ZERO_WIDTH_SPACE = '&#8203;';

/** A text as one line, with Markdown, HTML and addresses escaped, and invisible characters made visible. */
function escapeMarkdown(text: string): string {
  return showInvisible(text.replace(/(?:(?!\ufeff)\s)+/gu, ' '))
    .trim()
    .replace(/[\\`*_{}[\]()<>#!|~&$:]/g, (character) => `\\${character}`)
    .replace(/@|\\#|\\:(?=\/\/)|www(?=\.)|\bGH(?=-)/gi, (found) => `${found}${ZERO_WIDTH_SPACE}`);
}

/** An id or a branch as code: neither can contain a backtick. */
function code(text: string): string {
  return `\`${text}\``;
}
