/** The HTML report of a run: one self-contained page to attach to a pull request, print or archive. Pure. */
import type { AttemptView, GraphTask, TaskBlocker } from '../../contract/api.js';
import type { TaskStatus } from '../../contract/run-status.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { packageVersion } from '../../shared/files/package-root.js';
import { html, Html } from './html.js';
import { STYLE } from './report-style.js';
import { isCostUnknown, type RunReport, type TaskReport } from './run-report.js';
import { timelineChart } from './timeline-chart.js';
import { hasBranch } from '../../shared/words/branch-commands.js';
import { costAmount, costWords } from '../../shared/words/cost-words.js';
import { count, formatDuration, formatShort, formatUsd, shortCommit } from '../../shared/words/format.js';
import { acceptedWords, decidingTest, verifyWords } from '../../shared/words/judgement-words.js';

/** The whole document. It runs no script and loads nothing; its Content-Security-Policy enforces both. */
export function reportPage(story: RunReport, madeAt: Date): string {
  const { graph, runId } = story;
  const words = verifyWords(graph.status, graph.verify);
  const verify = words === null ? null : html` <span class="status blocked">${words}</span>`;
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
          <h1>${graph.name} <span class="status ${graph.status}">${graph.status}</span>${verify}</h1>
          <p>
            Run <code>${runId}</code>, ${hasBranch(graph) ? html`branch <code>${graph.branch}</code>,` : null}
            started ${timestamp(graph.startedAt)}
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
  // Without a known price, no amount says how much it can be.
  const most = costUsd === 0 ? '' : `up to ${formatUsd(costUsd)} for `;
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
        ? costWords(usage.costUsd, graph.unpricedModels)
        : `${formatUsd(usage.costUsd)} of ${formatUsd(graph.budgetUsd)}`,
    ],
    ...(calls === 0
      ? []
      : [
          ['Possibly billed', `${most}${count(calls, 'further call')}, sent and never fully answered`] as [
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
function statusNote({ graph, stop }: RunReport): Html {
  const open = graph.tasks.filter(({ status }) => status !== 'completed');
  const countOf = (status: TaskStatus) => open.filter((task) => task.status === status).length;
  const parts = (['failed', 'blocked', 'skipped', 'cancelled', 'in_progress', 'pending'] as const)
    .filter((status) => countOf(status) > 0)
    .map((status) => `${countOf(status)} ${spaced(status)}`);
  return html`<p class="note">
    Run status: ${graph.status}.
    ${parts.length === 0 ? 'All tasks are completed.' : `Tasks that are not completed: ${parts.join(', ')}.`}
    ${stop === null ? null : stop.reason}
  </p>`;
}

function taskTable({ graph, tasks }: RunReport): Html {
  const isUnpriced = new Set(tasks.filter((each) => isCostUnknown(each, graph)).map(({ task }) => task.id));
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
              <td>${taskBadge(task)}</td>
              <td>${task.attempts}</td>
              <td>${task.corrections}</td>
              <td>${durationOf(task.startedAt, task.completedAt)}</td>
              <td>${costAmount(task.costUsd, isUnpriced.has(task.id))}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function taskSection({ task, description, turns, attempts, blockers, patch }: TaskReport): Html {
  const last = attempts.at(-1);
  return html`<section id="task-${task.id}" class="task">
    <h2>${task.title} ${taskBadge(task)}</h2>
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
    ${mcpCalls(turns)}
    ${
      blockers.length === 0
        ? null
        : html`<h3>Questions</h3>
            ${questions(blockers)}`
    }
    ${changes(patch)}
  </section>`;
}

/** The tools of MCP servers that the task called: what others told its agent, or did for it. */
function mcpCalls(turns: TaskReport['turns']): Html | null {
  const calls = turns.flatMap(({ results }) =>
    results.flatMap(({ mcp, isError }) => (mcp === null ? [] : [{ ...mcp, isError }])),
  );
  if (calls.length === 0) return null;
  const byTool = new Map<string, { server: string; tool: string; sent: number; errors: number }>();
  for (const { server, tool, isError } of calls) {
    const key = JSON.stringify([server, tool]);
    const { sent, errors } = byTool.get(key) ?? { sent: 0, errors: 0 };
    byTool.set(key, { server, tool, sent: sent + 1, errors: errors + (isError ? 1 : 0) });
  }
  return html`<h3>Calls of MCP servers</h3>
    <ul>
      ${[...byTool.values()].map(
        ({ server, tool, sent, errors }) =>
          html`<li>
            <code>${tool}</code> of ${server}:
            ${count(sent, 'call')}${errors === 0 ? '' : `, ${errors} without a result or with an error`}
          </li> `,
      )}
    </ul>`;
}

function verdict(attempt: AttemptView): Html {
  const { kind, commit, test, landing, mergeTest, accepted } = attempt;
  const result =
    test === null
      ? html`not tested`
      : html`<span class="${test.passed ? 'passed' : 'red'}">${test.passed ? 'passed' : 'failed'}</span>
          <code>${test.command}</code> in ${formatShort(test.ms)}: ${test.summary}`;
  const after = [
    ...(mergeTest === null ? [] : [LANDINGS.red]),
    ...(accepted ? ['accepted as it is by a person'] : []),
    ...(landing === null || landing === 'red' ? [] : [LANDINGS[landing]]),
  ];
  const failed = decidingTest(attempt);
  return html`<li>
    ${KINDS[kind]} <code>${shortCommit(commit)}</code>:
    ${result}${after.length === 0 ? '' : `; ${after.join(', ')}`}
    ${
      failed === null || failed.passed
        ? null
        : html`<details open>
            <summary>Test output</summary>
            <pre>${asTerminalText(failed.output)}</pre>
          </details>`
    }
  </li> `;
}

const KINDS = {
  first: 'Attempt',
  correction: 'Correction',
  rebase: 'Rebase',
  handed_in: 'Handed in',
} as const;
const LANDINGS = { landed: 'landed', conflict: 'merge conflict', red: 'tests failed after merging' } as const;

function questions(blockers: readonly TaskBlocker[]): Html {
  return html`<dl class="questions">
    ${blockers.map(
      ({ reason, question, resolvedBy, answer }) =>
        html`<dt><span class="said">${question}</span> <span class="meta">(${spaced(reason)})</span></dt>
          <dd>
            ${resolvedBy === null ? 'Not answered yet.' : html`<span class="said">${answer === null || answer === '' ? 'Continue.' : answer}</span> <span class="meta">(${resolvedBy})</span>`}
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

/** The status of a task. Completed work that passed no test does not look like success. */
function taskBadge({ status, verdict }: GraphTask): Html {
  const words = acceptedWords(status, verdict);
  return words === null ? badge(status) : html`<span class="status blocked">${words}</span>`;
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
