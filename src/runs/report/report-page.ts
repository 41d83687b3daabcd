/** A run as one page that needs nothing else: to attach to a pull request, to print, to keep. Pure. */
import type { AttemptView, TaskBlocker } from '../../contract/api.js';
import type { TaskStatus } from '../../contract/contract.js';
import { asShown } from '../../results/neutral-output.js';
import { packageVersion } from '../../shared/package-root.js';
import { html, Html } from './html.js';
import { STYLE } from './report-style.js';
import type { RunStory, TaskChapter } from './run-story.js';
import { timelineChart } from './timeline-chart.js';
import { count, formatDuration, formatShort, formatUsd } from '../../shared/format.js';

/** The whole document. It runs no script and loads nothing; the browser is told to see to that. */
export function reportPage(story: RunStory, madeAt: Date): string {
  const { graph, runId } = story;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${graph.name}: run ${runId}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <p class="kind">Leadwright report</p>
          <h1>${graph.name} <span class="status ${graph.status}">${graph.status}</span></h1>
          <p>Run <code>${runId}</code>, branch <code>${graph.branch}</code>, ${moment(graph.startedAt)}</p>
        </header>
        <main>
          ${summary(story)} ${graph.status === 'completed' ? null : standing(story)}
          <h2 id="timeline">Timeline</h2>
          ${timelineChart(story, madeAt)}
          <h2 id="tasks">Tasks</h2>
          ${taskTable(story)}
          ${
            story.blockers.length === 0
              ? null
              : html`<h2 id="run-questions">Asked about the run</h2>
                  ${questions(story.blockers)}`
          }
          ${story.tasks.map(chapter)}
        </main>
        <footer><p>Made by Leadwright ${packageVersion()} on ${moment(madeAt.toISOString())}.</p></footer>
      </body>
    </html> `.text;
}

function summary({ graph, usage, model, tasks, blockers }: RunStory): Html {
  const done = graph.tasks.filter(({ status }) => status === 'completed').length;
  const attempts = sum(graph.tasks.map((task) => task.attempts));
  const corrections = sum(graph.tasks.map((task) => task.corrections));
  const asked = blockers.length + sum(tasks.map((task) => task.blockers.length));
  const { calls, costUsd } = usage.possiblyBilled;
  const facts: [string, string][] = [
    ['Tasks done', `${done} of ${graph.tasks.length}`],
    ['Attempts tested', `${attempts}, ${count(corrections, 'correction')} among them`],
    ['Questions to a person', String(asked)],
    ['Time', lengthOf(graph.startedAt, graph.finishedAt) || 'not ended yet'],
    ['Model', model],
    ['Model calls', `${usage.modelCalls}, ${usage.inputTokens} tokens in, ${usage.outputTokens} out`],
    [
      'Cost',
      graph.budgetUsd === null
        ? formatUsd(usage.costUsd)
        : `${formatUsd(usage.costUsd)} of ${formatUsd(graph.budgetUsd)}`,
    ],
    ...(calls === 0
      ? []
      : [
          ['Possibly billed', `${count(calls, 'call')} more, ${formatUsd(costUsd)} at most`] as [
            string,
            string,
          ],
        ]),
  ];
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A report of a run that is not completed says so first. */
function standing({ graph }: RunStory): Html {
  const left = graph.tasks.filter(({ status }) => status !== 'completed');
  const of = (status: TaskStatus) => left.filter((task) => task.status === status).length;
  const parts = (['failed', 'blocked', 'skipped', 'cancelled', 'in_progress', 'pending'] as const)
    .filter((status) => of(status) > 0)
    .map((status) => `${of(status)} ${words(status)}`);
  return html`<p class="standing">
    The run is ${graph.status}: ${parts.length === 0 ? 'all tasks are done' : parts.join(', ')}.
  </p>`;
}

function taskTable({ graph }: RunStory): Html {
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">Agent</th>
          <th scope="col">Status</th>
          <th scope="col">Attempts</th>
          <th scope="col">Corrections</th>
          <th scope="col">Time</th>
          <th scope="col">Cost</th>
        </tr>
      </thead>
      <tbody>
        ${graph.tasks.map(
          (task) =>
            html`<tr>
              <td><a href="#task-${task.id}">${task.title}</a></td>
              <td>${task.role}</td>
              <td>${badge(task.status)}</td>
              <td>${task.attempts}</td>
              <td>${task.corrections}</td>
              <td>${lengthOf(task.startedAt, task.completedAt)}</td>
              <td>${formatUsd(task.costUsd)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function chapter({ task, description, attempts, blockers, patch }: TaskChapter): Html {
  const last = attempts.at(-1);
  return html`<section id="task-${task.id}" class="task">
    <h2>${task.title} ${badge(task.status)}</h2>
    <p class="meta">
      <code>${task.id}</code>,
      ${task.role}${task.dependsOn.length === 0 ? '' : `, needs ${task.dependsOn.join(', ')}`}
    </p>
    ${task.error === null ? null : html`<p class="error">${task.error}</p>`}
    <h3>Asked</h3>
    <div class="words">${description === '' ? 'What its title says.' : description}</div>
    ${
      last === undefined
        ? null
        : html`<h3>Done</h3>
            <div class="words">${last.explanation}</div>`
    }
    ${
      attempts.length === 0
        ? null
        : html`<h3>Verdicts</h3>
            <ol class="verdicts">
              ${attempts.map(verdict)}
            </ol>`
    }
    ${
      blockers.length === 0
        ? null
        : html`<h3>Questions</h3>
            ${questions(blockers)}`
    }
    ${changes(patch)}
  </section>`;
}

function verdict({ kind, commit, test, landing, accepted }: AttemptView): Html {
  const result =
    test === null
      ? html`not tested`
      : html`<span class="${test.passed ? 'passed' : 'red'}">${test.passed ? 'passed' : 'failed'}</span>
          <code>${test.command}</code> in ${formatShort(test.ms)}: ${test.summary}`;
  const after = [
    ...(accepted ? ['taken as it is by a person'] : []),
    ...(landing === null ? [] : [LANDINGS[landing]]),
  ];
  return html`<li>
    ${KINDS[kind]} <code>${commit.slice(0, 10)}</code>:
    ${result}${after.length === 0 ? '' : `; ${after.join(', ')}`}
    ${
      test === null || test.passed
        ? null
        : html`<details open>
            <summary>What the test printed</summary>
            <pre>${asShown(test.output)}</pre>
          </details>`
    }
  </li> `;
}

const KINDS = { first: 'Attempt', correction: 'Correction', rebase: 'Rebase' } as const;
const LANDINGS = { landed: 'landed', conflict: 'met a conflict', red: 'was red after merging' } as const;

function questions(blockers: readonly TaskBlocker[]): Html {
  return html`<dl class="questions">
    ${blockers.map(
      ({ reason, question, resolvedBy, answer }) =>
        html`<dt>${question} <span class="meta">(${words(reason)})</span></dt>
          <dd>
            ${resolvedBy === null ? 'Not answered yet.' : html`${answer === null || answer === '' ? 'Go on.' : answer} <span class="meta">(${resolvedBy})</span>`}
          </dd> `,
    )}
  </dl>`;
}

function changes(patch: TaskChapter['patch']): Html | null {
  if (patch === null) return html`<p class="meta">Its commits are gone from the git store.</p>`;
  if (patch.diff === '')
    return patch.truncated ? html`<p class="meta">Its changes are too long for this page.</p>` : null;
  return html`<details open>
    <summary>Changes</summary>
    <pre class="diff">${diffLines(patch.diff)}</pre>
    ${patch.truncated ? html`<p class="meta">Cut here: the rest is too long for this page.</p>` : null}
  </details>`;
}

/** A patch line by line, each marked for what it is. */
function diffLines(patch: string): Html[] {
  let inHunk = false;
  return patch
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.startsWith('@@')) inHunk = true;
      if (line.startsWith('diff --git ')) inHunk = false;
      const kind = inHunk ? HUNK_LINES[line.charAt(0)] : 'file';
      const words = `${line}\n`;
      return kind === undefined ? html`${words}` : html`<span class="${kind}">${words}</span>`;
    });
}

const HUNK_LINES: Readonly<Record<string, string>> = { '@': 'place', '+': 'added', '-': 'removed' };

function badge(status: TaskStatus): Html {
  return html`<span class="status ${status}">${words(status)}</span>`;
}

/** As long as it took; of what still goes on, nothing is said. */
function lengthOf(startedAt: string | null, endedAt: string | null): string {
  if (startedAt === null || endedAt === null) return '';
  return formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
}

/** A word for programs, as people write it. */
function words(name: string): string {
  return name.replaceAll('_', ' ');
}

function moment(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
