/** The HTML report of a run: one self-contained page to attach to a pull request, print or archive. Pure. */
import type { AttemptView, TaskBlocker } from '../../contract/api.js';
import type { TaskStatus } from '../../contract/run-status.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { packageVersion } from '../../shared/package-root.js';
import { html, Html } from './html.js';
import { STYLE } from './report-style.js';
import type { RunReport, TaskReport } from './run-report.js';
import { timelineChart } from './timeline-chart.js';
import { count, formatDuration, formatShort, formatUsd } from '../../shared/format.js';

/** The whole document. It runs no script and loads nothing; its Content-Security-Policy enforces both. */
export function reportPage(story: RunReport, madeAt: Date): string {
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
          <p>
            Run <code>${runId}</code>, branch <code>${graph.branch}</code>, started
            ${timestamp(graph.startedAt)}
          </p>
        </header>
        <main>
          ${machineFiles(graph.runsOnYourMachine)} ${summary(story)}
          ${graph.status === 'completed' ? null : statusNote(story)}
          <h2 id="timeline">Timeline</h2>
          ${timelineChart(story, madeAt)}
          <h2 id="tasks">Tasks</h2>
          ${taskTable(story)}
          ${
            story.blockers.length === 0
              ? null
              : html`<h2 id="run-questions">Questions about the run</h2>
                  ${questions(story.blockers)}`
          }
          ${story.tasks.map(taskSection)}
        </main>
        <footer><p>Made by Leadwright ${packageVersion()} on ${timestamp(madeAt.toISOString())}.</p></footer>
      </body>
    </html> `.text;
}

/** Landed files that run on the user's machine: the first thing to look at. */
function machineFiles(paths: readonly string[]): Html | null {
  if (paths.length === 0) return null;
  return html`<h2 id="runs-on-your-machine">Runs on your machine</h2>
    <p>These landed files run, or decide what runs, on the machine of whoever uses the branch.</p>
    <ul>
      ${paths.map((path) => html`<li><code>${path}</code></li> `)}
    </ul>`;
}

function summary({ graph, usage, model, tasks, blockers }: RunReport): Html {
  const done = graph.tasks.filter(({ status }) => status === 'completed').length;
  const attempts = sum(graph.tasks.map((task) => task.attempts));
  const corrections = sum(graph.tasks.map((task) => task.corrections));
  const asked = blockers.length + sum(tasks.map((task) => task.blockers.length));
  const { calls, costUsd } = usage.possiblyBilled;
  const facts: [string, string][] = [
    ['Completed tasks', `${done} of ${graph.tasks.length}`],
    ['Attempts', `${attempts}, including ${count(corrections, 'correction')}`],
    ['Questions to people', String(asked)],
    ['Duration', durationOf(graph.startedAt, graph.finishedAt) || 'not finished'],
    ['Model', model],
    [
      'Model calls',
      `${usage.modelCalls} (${usage.inputTokens} input tokens, ${usage.outputTokens} output tokens)`,
    ],
    [
      'Cost',
      graph.budgetUsd === null
        ? formatUsd(usage.costUsd)
        : `${formatUsd(usage.costUsd)} of ${formatUsd(graph.budgetUsd)}`,
    ],
    ...(calls === 0
      ? []
      : [
          ['Possibly billed', `up to ${formatUsd(costUsd)} for ${count(calls, 'further call')}`] as [
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

/** For a run that is not completed: its status and the tasks that are not completed. */
function statusNote({ graph }: RunReport): Html {
  const open = graph.tasks.filter(({ status }) => status !== 'completed');
  const countOf = (status: TaskStatus) => open.filter((task) => task.status === status).length;
  const parts = (['failed', 'blocked', 'skipped', 'cancelled', 'in_progress', 'pending'] as const)
    .filter((status) => countOf(status) > 0)
    .map((status) => `${countOf(status)} ${spaced(status)}`);
  return html`<p class="note">
    Run status: ${graph.status}.
    ${parts.length === 0 ? 'All tasks are completed.' : `Tasks that are not completed: ${parts.join(', ')}.`}
  </p>`;
}

function taskTable({ graph }: RunReport): Html {
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">Agent</th>
          <th scope="col">Status</th>
          <th scope="col">Attempts</th>
          <th scope="col">Corrections</th>
          <th scope="col">Duration</th>
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
              <td>${durationOf(task.startedAt, task.completedAt)}</td>
              <td>${formatUsd(task.costUsd)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function taskSection({ task, description, attempts, blockers, patch }: TaskReport): Html {
  const last = attempts.at(-1);
  return html`<section id="task-${task.id}" class="task">
    <h2>${task.title} ${badge(task.status)}</h2>
    <p class="meta">
      <code>${task.id}</code>,
      ${task.role}${task.dependsOn.length === 0 ? '' : `, depends on ${task.dependsOn.join(', ')}`}
    </p>
    ${task.error === null ? null : html`<p class="error">${task.error}</p>`}
    <h3>Description</h3>
    <div class="prose">${description === '' ? 'None besides the title.' : description}</div>
    ${
      last === undefined
        ? null
        : html`<h3>Summary by the agent</h3>
            <div class="prose">${last.explanation}</div>`
    }
    ${
      attempts.length === 0
        ? null
        : html`<h3>Attempts and verdicts</h3>
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
    ...(accepted ? ['accepted as it is by a person'] : []),
    ...(landing === null ? [] : [LANDINGS[landing]]),
  ];
  return html`<li>
    ${KINDS[kind]} <code>${commit.slice(0, 10)}</code>:
    ${result}${after.length === 0 ? '' : `; ${after.join(', ')}`}
    ${
      test === null || test.passed
        ? null
        : html`<details open>
            <summary>Test output</summary>
            <pre>${asTerminalText(test.output)}</pre>
          </details>`
    }
  </li> `;
}

const KINDS = { first: 'Attempt', correction: 'Correction', rebase: 'Rebase' } as const;
const LANDINGS = { landed: 'landed', conflict: 'merge conflict', red: 'tests failed after merging' } as const;

function questions(blockers: readonly TaskBlocker[]): Html {
  return html`<dl class="questions">
    ${blockers.map(
      ({ reason, question, resolvedBy, answer }) =>
        html`<dt>${question} <span class="meta">(${spaced(reason)})</span></dt>
          <dd>
            ${resolvedBy === null ? 'Not answered yet.' : html`${answer === null || answer === '' ? 'Continue.' : answer} <span class="meta">(${resolvedBy})</span>`}
          </dd> `,
    )}
  </dl>`;
}

function changes(patch: TaskReport['patch']): Html | null {
  if (patch === null)
    return html`<p class="meta">
      The changes are not available: the git store no longer has their commits.
    </p>`;
  if (patch.diff === '')
    return patch.truncated
      ? html`<p class="meta">
          The changes are too long for this report. <code>leadwright diff</code> shows them.
        </p>`
      : null;
  return html`<details open>
    <summary>Changes</summary>
    <pre class="diff">${diffLines(patch.diff)}</pre>
    ${patch.truncated ? html`<p class="meta">The diff is cut here. <code>leadwright diff</code> shows all of it.</p>` : null}
  </details>`;
}

/** The lines of a patch, each marked with its kind. */
function diffLines(patch: string): Html[] {
  let inHunk = false;
  return patch
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.startsWith('@@')) inHunk = true;
      if (line.startsWith('diff --git ')) inHunk = false;
      const kind = inHunk ? HUNK_LINES[line.charAt(0)] : 'file';
      const text = `${line}\n`;
      return kind === undefined ? html`${text}` : html`<span class="${kind}">${text}</span>`;
    });
}

const HUNK_LINES: Readonly<Record<string, string>> = { '@': 'hunk', '+': 'added', '-': 'removed' };

function badge(status: TaskStatus): Html {
  return html`<span class="status ${status}">${spaced(status)}</span>`;
}

/** The time between two timestamps; empty while one of them is missing. */
function durationOf(startedAt: string | null, endedAt: string | null): string {
  if (startedAt === null || endedAt === null) return '';
  return formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
}

/** An identifier such as `in_progress` with spaces. */
function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

function timestamp(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
