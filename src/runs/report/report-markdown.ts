/** A run as the text of a pull request: Markdown as GitHub and GitLab read it. Pure. */
import type { TaskBlocker } from '../../contract/api.js';
import { count, formatUsd } from '../../shared/format.js';
import type { RunStory, TaskChapter } from './run-story.js';

/** What its agent says of a task, at most: the page has all of it. */
const MOST_WORDS = 400;

/** The text. Whatever people, models and tests wrote is words in it, and nothing else. */
export function reportMarkdown(story: RunStory): string {
  const { graph, runId, usage, tasks, blockers } = story;
  const done = graph.tasks.filter(({ status }) => status === 'completed').length;
  const corrections = graph.tasks.reduce((sum, task) => sum + task.corrections, 0);
  const { calls, costUsd } = usage.possiblyBilled;
  const asked = [...blockers, ...tasks.flatMap((task) => task.blockers)];
  return [
    `## ${plain(graph.name)}`,
    '',
    `Run ${code(runId)} is ${graph.status}: ${done} of ${count(graph.tasks.length, 'task')} done, ` +
      `${count(corrections, 'correction')}, ${count(usage.modelCalls, 'model call')}, ${formatUsd(usage.costUsd)}` +
      `${calls === 0 ? '' : ` (and ${formatUsd(costUsd)} possibly billed)`}. Branch ${code(graph.branch)}.`,
    '',
    '| Task | Status | What was done | Tests | Cost |',
    '| --- | --- | --- | --- | --- |',
    ...tasks.map(row),
    ...(asked.length === 0 ? [] : ['', '### Asked and answered', '', ...asked.map(question)]),
    '',
  ].join('\n');
}

function row({ task, attempts }: TaskChapter): string {
  const last = attempts.at(-1);
  const test = last?.test ?? null;
  const verdict = test === null ? '' : `${test.passed ? 'passed' : 'failed'}: ${plain(test.summary)}`;
  const cells = [
    plain(task.title),
    task.status.replaceAll('_', ' '),
    plain(shortened(task.error ?? last?.explanation ?? '')),
    verdict,
    formatUsd(task.costUsd),
  ];
  return `| ${cells.join(' | ')} |`;
}

function question({ question: asked, resolvedBy, answer }: TaskBlocker): string {
  const said = resolvedBy === null ? 'not answered yet' : plain(shortened(answer ?? ''));
  return `- ${plain(shortened(asked))} ${said === '' ? '' : `**${said}**`}`.trimEnd();
}

function shortened(text: string): string {
  return text.length <= MOST_WORDS ? text : `${text.slice(0, MOST_WORDS).trimEnd()}…`;
}

/** An invisible character: nobody is mentioned, nothing is referred to and nothing becomes a link by our words. */
const NOTHING = '\u200b';

/** A text as one line of words, whatever Markdown, HTML or addresses it holds. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/[\\`*_{}[\]()<>#!|~&$:]/g, (character) => `\\${character}`)
    .replace(/@|\\#|\\:(?=\/\/)|www(?=\.)|\bGH(?=-)/gi, (found) => `${found}${NOTHING}`);
}

/** An id or a branch, as it is typed: neither can hold a backtick. */
function code(text: string): string {
  return `\`${text}\``;
}
