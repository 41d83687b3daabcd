import assert from 'node:assert/strict';
import type { AttemptView, GraphTask, StoredTurnView } from '../../src/contract/api.js';
import { blockerId, commitSha, runId, taskId } from '../../src/contract/ids.js';
import { html } from '../../src/runs/report/html.js';
import { reportMarkdown } from '../../src/runs/report/report-markdown.js';
import { reportPage } from '../../src/runs/report/report-page.js';
import type { RunReport, TaskReport } from '../../src/runs/report/run-report.js';

const SHA = commitSha('0123456789abcdef0123456789abcdef01234567');
const HOSTILE = `</pre><script>alert(1)</script><img src=x onerror=alert(2)>"'&\u202e`;
const MADE_AT = new Date('2026-11-24T21:00:00.000Z');

function attempt(changes: Partial<AttemptView> = {}): AttemptView {
  return {
    number: 1,
    turn: 1,
    kind: 'first',
    base: SHA,
    commit: SHA,
    files: ['src/a.ts'],
    explanation: 'Sums the cart.',
    createdAt: '2026-11-24T20:00:10.000Z',
    test: { command: 'npm test', passed: true, exitCode: 0, ms: 1_200, summary: '3 passed', output: '' },
    landing: 'landed',
    mergeTest: null,
    accepted: false,
    startsAgain: false,
    ...changes,
  };
}

function taskReport(task: Partial<GraphTask> = {}, changes: Partial<TaskReport> = {}): TaskReport {
  return {
    task: {
      id: taskId('cart'),
      title: 'Sum the cart',
      role: 'backend',
      status: 'completed',
      step: 'done',
      priority: 2,
      issue: null,
      dependsOn: [],
      attempts: 1,
      corrections: 0,
      startedAt: '2026-11-24T20:00:00.000Z',
      completedAt: '2026-11-24T20:01:00.000Z',
      costUsd: 0.25,
      error: null,
      verdict: 'passed',
      waiting: null,
      ...task,
    },
    description: 'Add `total()`.',
    workflows: 1,
    turns: [],
    possiblyBilledUsd: 0,
    cacheShare: null,
    attempts: [attempt()],
    corrections: [],
    blockers: [],
    patch: { diff: 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n--- old\n+new\n', truncated: false },
    ...changes,
  };
}

function story(
  tasks: readonly TaskReport[],
  changes: Partial<RunReport['graph']> = {},
  label = 'turn 1',
): RunReport {
  return {
    runId: runId('shop'),
    model: 'scripted',
    graph: {
      name: 'bookshop',
      status: 'completed',
      repo: '/home/ada/shop',
      branch: 'leadwright/shop',
      urls: { dashboard: '', temporal: null },
      verify: null,
      failedVerify: null,
      waiting: null,
      lastSeq: 9,
      startedAt: '2026-11-24T20:00:00.000Z',
      finishedAt: '2026-11-24T20:02:00.000Z',
      concurrency: 10,
      budgetUsd: 5,
      spentUsd: 0.25,
      unpricedModels: [],
      reservedUsd: 0,
      possiblyBilledUsd: 0,
      warnings: [],
      runsOnYourMachine: [],
      tasks: tasks.map(({ task }) => task),
      ...changes,
    },
    stop: null,
    usage: {
      modelCalls: 1,
      inputTokens: 10,
      outputTokens: 5,
      costUsd: 0.25,
      possiblyBilled: { calls: 0, costUsd: 0 },
    },
    spans: [
      {
        taskId: taskId('cart'),
        kind: 'model',
        attempt: 1,
        startedAt: '2026-11-24T20:00:00.000Z',
        endedAt: '2026-11-24T20:00:30.000Z',
        label,
      },
    ],
    blockers: [],
    tasks,
  };
}

const hostile = () =>
  story(
    [
      taskReport(
        { title: HOSTILE, error: HOSTILE },
        {
          description: HOSTILE,
          attempts: [
            attempt({
              explanation: HOSTILE,
              test: {
                command: HOSTILE,
                passed: false,
                exitCode: 1,
                ms: 1,
                summary: HOSTILE,
                output: HOSTILE,
              },
            }),
          ],
          blockers: [
            {
              id: blockerId('shop:cart:1'),
              reason: 'question',
              question: HOSTILE,
              at: '2026-11-24T20:00:30.000Z',
              resolvedAt: '2026-11-24T20:00:40.000Z',
              resolvedBy: HOSTILE,
              answer: HOSTILE,
            },
          ],
          patch: {
            diff: `diff --git a b\n@@ -1 +1 @@\n+${HOSTILE}\n-${HOSTILE}\n ${HOSTILE}\n`,
            truncated: true,
          },
        },
      ),
    ],
    { name: HOSTILE },
    HOSTILE,
  );

describe('the HTML report', () => {
  it('has the description, result, verdict, changes, cost and duration of each task', () => {
    const page = reportPage(story([taskReport()]), MADE_AT);
    for (const words of [
      'Sum the cart',
      'Add `total()`.',
      'Sums the cart.',
      '3 passed',
      '$0.25 of $5.00',
      '2m 00s',
    ]) {
      assert.ok(page.includes(words), words);
    }
    // A removed line that looks like a file header is still a removed line.
    assert.match(page, /<span class="removed">--- old\n<\/span><span class="added">\+new\n<\/span>/);
    assert.match(page, /<rect\s+class="model"/);
    assert.doesNotMatch(page, /\/home\/ada/);
  });

  it('shows why the tests failed after merging, of work that a person accepted then', () => {
    const mergeTest = {
      ...{ command: 'npm test', passed: false, exitCode: 1, ms: 1, summary: '1 failed' },
      output: 'price: expected 3',
    };
    const accepted = attempt({ mergeTest, accepted: true });
    const page = reportPage(story([taskReport({}, { attempts: [accepted] })]), MADE_AT);
    assert.match(page, /; tests failed after merging, accepted as it is by a person, landed/);
    assert.match(page, /<pre>price: expected 3/);
  });

  it('lists first what runs on the user’s machine', () => {
    const graph = { runsOnYourMachine: ['.envrc', '.husky/<b>'] };
    const page = reportPage(story([taskReport()], graph), MADE_AT);
    assert.ok(page.includes('<code>.envrc</code>') && page.includes('.husky/&lt;b&gt;'));
    assert.ok(page.indexOf('Runs on your machine') < page.indexOf('Completed tasks'));
    const markdown = reportMarkdown(story([taskReport()], graph));
    assert.ok(markdown.indexOf('Runs on your machine') < markdown.indexOf('Run `shop`'));
    assert.match(markdown, /- \.envrc\n- \.husky\/\\<b\\>/);
    assert.doesNotMatch(reportMarkdown(story([taskReport()])), /Runs on your machine/);
  });

  it('says that a cost is unknown, rather than that it is $0.00', () => {
    const turn: StoredTurnView = {
      ...{ number: 1, attempt: 1, model: 'my-model', prompt: [], answer: [], stopReason: 'tool_use', ms: 1 },
      ...{ inputTokens: 1, cachedTokens: 0, outputTokens: 1, costUsd: 0, isSummary: false, draft: null },
      ...{ answeredAt: MADE_AT.toISOString(), conversation: 1, results: [] },
    };
    const task = taskReport({ costUsd: 0 }, { turns: [turn] });
    const of = story([task], { budgetUsd: null, unpricedModels: ['my-model'] });
    const free = { ...of, usage: { ...of.usage, costUsd: 0 } };
    const page = reportPage(free, MADE_AT);
    assert.match(page, /<dd>cost unknown \(my-model has no known price\)<\/dd>/);
    assert.match(page, /<td>unknown<\/td>/);
    assert.doesNotMatch(page, /\$0\.00/);
    const markdown = reportMarkdown(free);
    assert.match(markdown, /1 model call, cost unknown \(my-model has no known price\)\./);
    assert.match(markdown, /\| unknown \|$/m);
  });

  it('names the tools of MCP servers that a task called', () => {
    const result = (tool: string, isError: boolean) => ({
      ...{ position: 0, text: '', isError, changedDraft: false, command: null },
      mcp: { server: 'docs', tool, ms: 3 },
    });
    const turn = (results: StoredTurnView['results']): StoredTurnView => ({
      ...{ number: 1, attempt: 1, model: 'm', prompt: [], answer: [], stopReason: 'tool_use', ms: 1 },
      ...{ inputTokens: 1, cachedTokens: 0, outputTokens: 1, costUsd: 0, isSummary: false, draft: null },
      ...{ answeredAt: MADE_AT.toISOString(), conversation: 1, results },
    });
    const turns = [turn([result('lookup', false), result('<b>', false)]), turn([result('lookup', true)])];
    const page = reportPage(story([taskReport({}, { turns })]), MADE_AT);
    assert.match(page, /<code>lookup<\/code> of docs:\s+2 calls, 1 without a result or with an error/);
    assert.match(page, /<code>&lt;b&gt;<\/code> of docs:\s+1 call\s/);
    assert.doesNotMatch(reportPage(story([taskReport()]), MADE_AT), /Calls of MCP servers/);
  });

  it('loads nothing and runs no script', () => {
    const page = reportPage(story([taskReport()]), MADE_AT);
    assert.match(page, /content="default-src 'none'; style-src 'unsafe-inline'"/);
    assert.doesNotMatch(page, /<script|<link|<iframe|src=|url\(|@import|https?:/);
  });

  it('escapes every text from outside', () => {
    const page = reportPage(hostile(), MADE_AT);
    const tags = [...page.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name);
    assert.deepEqual(
      tags.filter((name) => name === 'script' || name === 'img'),
      [],
    );
    assert.equal(page.match(/<pre/g)?.length, page.match(/<\/pre>/g)?.length);
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
    assert.doesNotMatch(page, /\u202e|="[^"]*<|onerror=alert\(2\)>/);
  });

  it('says which tasks are not completed', () => {
    const failed = story(
      [taskReport(), taskReport({ id: taskId('b'), status: 'failed' }, { attempts: [], patch: null })],
      {
        status: 'failed',
        finishedAt: null,
      },
    );
    assert.match(
      reportPage(failed, MADE_AT),
      /Run status: failed\.\s+Tasks that are not completed: 1 failed\./,
    );
  });

  it('says why a run did not start, as the Markdown report does', () => {
    const stop = { code: 'base_red', reason: 'The test `<npm>` is red.' };
    const stopped = { ...story([taskReport({ status: 'pending' })], { status: 'failed' }), stop };
    assert.match(reportPage(stopped, MADE_AT), /1 pending\.\s+The test `&lt;npm&gt;` is red\./);
    assert.match(reportMarkdown(stopped), /^The test \\`\\<npm\\>\\` is red\.$/m);
  });

  it('is built from templates that escape their values', () => {
    const list = [html`<b>${'<'}</b>`, html`${null}`];
    assert.equal(html`<p title="${'"'}">${list}${3}</p>`.text, '<p title="&quot;"><b>&lt;</b>3</p>');
  });
});

describe('the Markdown report', () => {
  it('explains calls that are possibly billed where it counts them', () => {
    const told = story([taskReport()]);
    const lost = { ...told, usage: { ...told.usage, possiblyBilled: { calls: 2, costUsd: 0.4 } } };
    const text = reportMarkdown(lost);
    assert.match(text, /\(and up to \$0\.40 possibly billed\)/);
    assert.match(text, /^Possibly billed: 2 calls were sent to the model and never fully answered\. .*bill/m);
    assert.doesNotMatch(reportMarkdown(told), /billed/);
  });

  it('names no amount for such calls when the price of the model is not known, as the page does not', () => {
    const told = story([taskReport()]);
    const lost = { ...told, usage: { ...told.usage, possiblyBilled: { calls: 1, costUsd: 0 } } };
    const text = reportMarkdown(lost);
    assert.match(text, /^Possibly billed: 1 call was sent to the model/m);
    assert.doesNotMatch(text, /up to/);
    const page = reportPage(lost, MADE_AT);
    assert.match(page, /<dd>1 further call, sent and never fully answered<\/dd>/);
  });

  it('is a table of the tasks and their results', () => {
    const text = reportMarkdown(story([taskReport()]));
    assert.match(text, /^## bookshop\n\nRun `shop`: completed, 1 of 1 task completed/);
    assert.match(text, /\| Sum the cart \| completed \| Sums the cart\. \| passed: 3 passed \| \$0\.25 \|/);
  });

  it('has no mentions, references, links or HTML from outside texts', () => {
    const words = '@ada #1 GH-2 https://evil.example www.evil.example | <img src=x> `x` [a](b) **b**\n\n# c';
    const text = reportMarkdown(
      story([taskReport({ title: words }, { attempts: [attempt({ explanation: words })] })]),
    );
    const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes('ada'));
    assert.equal(rows.length, 1);
    const [row = ''] = rows;
    assert.equal(row.replaceAll(/\\./g, '').split('|').length, 7, 'its cells');
    const unescaped = row.replaceAll(/\\[\\|]/g, '');
    assert.doesNotMatch(unescaped, /@ada|#1|GH-2|:\/\/|www\.|[^\\][<>[\]`*]/);
  });

  it('has the questions and answers', () => {
    const asked = taskReport(
      {},
      {
        blockers: [
          {
            id: blockerId('shop:cart:1'),
            reason: 'question',
            question: 'Which currency?',
            at: '2026-11-24T20:00:30.000Z',
            resolvedAt: '2026-11-24T20:00:40.000Z',
            resolvedBy: 'ada',
            answer: 'Pounds.',
          },
        ],
      },
    );
    assert.match(reportMarkdown(story([asked])), /- `cart`: Which currency\? \*\*Pounds\.\*\*/);
  });
});
