import assert from 'node:assert/strict';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, fails, lastText, writes } from '../support/answers.js';
import { useBench } from '../support/activity-bench.js';
import { eventsOf } from '../support/run-record.js';

const PLAN = {
  test: 'test -f done.txt',
  tasks: [{ id: 'sum', title: 'Sum the cart', description: 'Add *all* lines.' }],
};
const SUMMARY = '## Tried\nRead the big files.\n## Left to do\nWrite done.txt.';

const TOO_LONG: Answer = {
  status: { code: 400, type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8 maximum' },
};

/** A request for a summary has no tools. */
const asksForSummary = ({ body }: RecordedRequest) => body.tools === undefined;

describe('a conversation that grew too long', () => {
  const bench = useBench();
  let small: ScriptedModel | undefined;
  afterEach(async () => {
    await small?.close();
    small = undefined;
  });

  /** An agent of a run whose model has this context window. */
  async function begin(contextTokens: number, answer: (request: RecordedRequest) => Answer) {
    const model = await startScriptedModel({ answer }, { contextTokens });
    small = model;
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_each, n) => [
        `big-${n}.txt`,
        `${`line of file ${n}`.padEnd(60)}\n`.repeat(200),
      ]),
    );
    const run = await bench().start(PLAN, files, { modelEndpoint: model.url });
    const context = {
      ...bench().context,
      endpointFor: () => Promise.resolve({ baseUrl: model.url, apiKey: 'a-key' }),
    };
    return { model, run, agent: new AgentSteps(run.on(context), 'sum') };
  }

  /** Takes turns as the workflow does. */
  async function work(agent: AgentSteps): Promise<string> {
    for (let tooLong = 0, taken = 0; taken < 200; taken++) {
      const next = await agent.turn({ tooLong });
      if (next === 'too_long') tooLong++;
      else if (next === 'continue') tooLong = 0;
      else return next;
    }
    return 'endless';
  }

  it('of four times the window goes on by summaries, without a person', async () => {
    let reads = 0;
    let summaries = 0;
    const begun: string[] = [];
    const { run, agent } = await begin(20_000, (request) => {
      if (asksForSummary(request)) {
        summaries++;
        assert.ok(lastText(request).startsWith('# Sum the cart\n'), 'the title is in the first message');
        return { text: SUMMARY };
      }
      if (request.body.messages.length === 1) begun.push(lastText(request));
      return reads === 26
        ? writes({ 'done.txt': 'yes\n' })
        : calls('read_file', { path: `big-${reads++}.txt` });
    });
    assert.equal(await work(agent), 'test');
    // Each file has some 3,300 tokens.
    assert.ok(summaries >= 4, `${summaries} summaries`);
    assert.equal(begun.length, summaries + 1);
    for (const message of begun) assert.match(message, /^# Sum the cart\n\nAdd \*all\* lines\./);
    for (const message of begun.slice(1)) assert.ok(message.includes(SUMMARY));
    const events = (await eventsOf(bench().db, run.id)).filter(
      ({ type }) => type === 'conversation.compacted',
    );
    assert.equal(events.length, summaries);
    const { rows } = await bench().db.pool.query(
      `SELECT count(*) FILTER (WHERE kind = 'summary')::int AS summaries, max(conversation) AS last,
         count(opening)::int AS openings FROM model_turns WHERE run_id = $1`,
      [run.id],
    );
    assert.deepEqual(rows, [{ summaries, last: summaries + 1, openings: summaries + 1 }]);
    const open = await bench().db.pool.query('SELECT 1 FROM blockers WHERE run_id = $1', [run.id]);
    assert.equal(open.rowCount, 0);
  });

  it('starts the next one with the changes so far and the last outcome', async () => {
    let begun = '';
    const answers: Answer[] = [
      writes({ 'half.txt': 'half\n' }),
      { text: 'It is', stop_reason: 'model_context_window_exceeded' },
      { text: SUMMARY },
      writes({ 'done.txt': 'yes\n' }),
    ];
    const { agent } = await begin(200_000, (request) => {
      if (request.body.messages.length === 1) begun = lastText(request);
      return answers.shift() ?? fails(500);
    });
    assert.equal(await work(agent), 'test');
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await agent.test(applied.commit), 'correct');
    assert.equal(await work(agent), 'test');
    assert.match(begun, /Write done\.txt\./);
    assert.match(begun, /^\+half$/m);
    assert.match(begun, /The last outcome:\n\n[^]*test -f done\.txt/);
  });

  it('summarises what the calls of the last answer did', async () => {
    let asked = '';
    const answers: Answer[] = [
      calls('edit_files', { files: [{ path: 'half.txt', action: 'create', content: 'half\n' }] }),
      TOO_LONG,
    ];
    const { agent } = await begin(200_000, (request) => {
      if (!asksForSummary(request)) return answers.shift() ?? writes({ 'done.txt': 'yes\n' });
      asked = lastText(request);
      return { text: SUMMARY };
    });
    assert.equal(await work(agent), 'test');
    assert.match(asked, /^\[result\] Changed half\.txt\.$/m);
  });

  it('sends system prompt and tools of the record, whatever this build would send', async () => {
    const sent: unknown[] = [];
    const { run, agent } = await begin(200_000, ({ body: { system, tools } }) => {
      sent.push(JSON.stringify({ system, tools }));
      return calls('read_file', { path: 'big-1.txt' });
    });
    await agent.turn();
    await bench().db.pool.query(
      `UPDATE model_turns SET opening = '{"system":"Of an older build.","tools":[]}' WHERE run_id = $1`,
      [run.id],
    );
    await agent.turn();
    assert.match(String(sent[1]), /Of an older build\./);
  });

  it('asks a person when every conversation fills the window with its first answer', async () => {
    let summaries = 0;
    const { agent } = await begin(200_000, (request) => {
      if (!asksForSummary(request)) return { text: 'It is', stop_reason: 'model_context_window_exceeded' };
      summaries++;
      return { text: SUMMARY };
    });
    agent.counts = { invalidSubmissions: 0, turns: 147 };
    assert.equal(await work(agent), 'blocked');
    assert.equal(summaries, 2);
  });

  it('asks a person when not even a summary fits, or the model gives none', async () => {
    let first = true;
    const refusing = await begin(200_000, () => {
      if (!first) return TOO_LONG;
      first = false;
      return calls('read_file', { path: 'big-1.txt' });
    });
    assert.equal(await work(refusing.agent), 'blocked');
    await small?.close();
    const silent = await begin(200_000, (request) =>
      asksForSummary(request)
        ? { stop_reason: 'end_turn' }
        : { text: 'It is', stop_reason: 'model_context_window_exceeded' },
    );
    assert.equal(await work(silent.agent), 'blocked');
  });
});
