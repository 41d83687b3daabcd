import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { WebSocket } from 'ws';
import { modelDeltaSchema, type ModelDelta } from '../../src/contract/events.js';
import { LIVE_TEXT_PATH } from '../../src/contract/live-text.js';
import { runId, taskId } from '../../src/contract/ids.js';
import type { RunningServer } from '../../src/server/server.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { LiveTextLink } from '../../src/worker/live-text-link.js';
import {
  appendEvents,
  collectSeqs,
  createRun,
  openServer,
  openSocket,
  socketStatus,
  TOKEN,
} from '../support/server.js';
import { useDatabase } from '../support/run-record.js';
import { eventually } from '../support/eventually.js';

describe('the server: live text', function () {
  this.timeout(60_000);
  const { db, url } = useDatabase();
  let notifier: RunningServer;
  let link: LiveTextLink;
  const warnings: string[] = [];
  let socket: string;

  const open = async () => {
    notifier = await openServer(url(), db(), { socket });
  };
  before(async () => {
    await createRun(db().pool, 'shop');
    socket = join(mkdtempSync(join(tmpdir(), 'leadwright-live-text-')), 'server.sock');
    await open();
    link = new LiveTextLink({ address: { socket }, token: TOKEN }, (message) => warnings.push(message));
  });
  after(async () => {
    await link.close();
    await notifier.close();
    rmSync(dirname(socket), { recursive: true, force: true });
  });

  const call = { runId: runId('shop'), taskId: taskId('price'), attempt: 1, turn: 1, call: 1 };
  const SENTENCE = 'The price is an integer number of pence, which the tests say in their first line. ';

  /** The text that a client receives of an answer. */
  function heardBy(socket: WebSocket) {
    const deltas: ModelDelta[] = [];
    socket.on('message', (data) => {
      assert.ok(Buffer.isBuffer(data));
      const message: unknown = JSON.parse(data.toString('utf8'));
      const delta = modelDeltaSchema.safeParse(message);
      if (delta.success) deltas.push(delta.data);
    });
    const text = () => deltas.map(({ data }) => data.text).join('');
    return {
      deltas,
      text,
      /** Everything but the part that is held back. */
      untilNear: (wanted: string) => eventually(() => text().length >= wanted.length - 1_000, 'most arrives'),
      until: (wanted: string) => eventually(() => text() === wanted, 'all arrives'),
    };
  }
  const watching = async (query = '&deltas=price') => {
    const socket = openSocket(notifier, `/events?run=shop${query}`);
    const heard = heardBy(socket);
    await new Promise((resolve) => socket.once('open', resolve));
    return { socket, ...heard };
  };

  /** An answer that is streamed sentence by sentence. */
  function speaks(over = link) {
    const answer = over.hub.begin(call, createRedactor());
    answer.receive({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text: '', citations: null },
    });
    return {
      says: (text: string) =>
        answer.receive({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
      ends: () => {
        answer.receive({ type: 'content_block_stop', index: 0 });
        answer.end();
      },
    };
  }

  it('is sent to all clients that watch the task, from its beginning, and to no others', async () => {
    const [early, other, none] = await Promise.all([watching(), watching('&deltas=cart'), watching('')]);
    const model = speaks();
    model.says(SENTENCE);
    await eventually(() => early.text() !== '', 'it arrives');
    const late = await watching();
    await eventually(() => late.text() !== '', 'it arrives');
    model.says(SENTENCE);
    model.ends();
    await Promise.all([early.until(SENTENCE.repeat(2)), late.until(SENTENCE.repeat(2))]);
    assert.deepEqual([early.deltas[0]?.data.turn, early.deltas[0]?.data.offset], [1, 0]);
    assert.deepEqual([other.deltas, none.deltas], [[], []]);
    for (const { socket } of [early, other, none, late]) socket.terminate();
  });

  it('continues when the server is restarted at another port, and never delays a model call', async () => {
    await notifier.close();
    const lost = speaks();
    lost.says(SENTENCE);
    lost.ends();
    await open();
    const client = await watching();
    // The link reconnects on its own; text sent meanwhile is lost.
    const model = speaks();
    await eventually(() => {
      model.says(SENTENCE);
      return client.text() !== '';
    }, 'something arrives');
    model.ends();
    client.socket.terminate();
    assert.deepEqual(warnings, []);
  });

  it('is sent from a worker of a fleet, which knows the URL only', async () => {
    const remote = new LiveTextLink({ address: notifier.url, token: TOKEN }, (message) =>
      warnings.push(message),
    );
    const client = await watching();
    const model = speaks(remote);
    await eventually(() => {
      model.says(SENTENCE);
      return client.text() !== '';
    }, 'something arrives');
    model.ends();
    client.socket.terminate();
    await remote.close();
    assert.deepEqual(warnings, []);
  });

  it('is lost by a client that does not read it, while its events arrive', async () => {
    const [slow, quick] = await Promise.all([watching(), watching()]);
    slow.socket.pause();
    const model = speaks();
    // Almost the largest message allowed, and more messages than the buffers of two sockets hold.
    const piece = 'x '.repeat(200_000);
    let said = '';
    for (let count = 0; count < 30; count += 1) {
      model.says(piece);
      said += piece;
      await quick.untilNear(said);
    }
    model.ends();
    await quick.until(said);
    const seqs = collectSeqs(openSocket(notifier, '/events?run=shop'), 3);
    await appendEvents(db().pool, 'shop', 3);
    assert.deepEqual(await seqs, [1, 2, 3]);
    slow.socket.resume();
    await new Promise<void>((resolve) => {
      slow.socket.on('message', (data) => {
        if (Buffer.isBuffer(data) && data.includes('"seq":3')) resolve();
      });
    });
    assert.ok(slow.text().length < said.length, 'some was lost');
    for (const { socket } of [slow, quick]) socket.terminate();
  });

  it('is accepted only from workers with the token that send nothing else', async () => {
    assert.equal(await socketStatus(openSocket(notifier, LIVE_TEXT_PATH, { headers: {} })), 401);
    const foreign = { Authorization: `Bearer ${TOKEN}`, Origin: 'https://evil.example' };
    assert.equal(await socketStatus(openSocket(notifier, LIVE_TEXT_PATH, { headers: foreign })), 403);
    for (const message of ['{}', 'x', '{"type":"delta","delta":{}}', '[]']) {
      const socket = openSocket(notifier, LIVE_TEXT_PATH);
      socket.on('open', () => socket.send(message));
      assert.equal(await new Promise((resolve) => socket.once('close', resolve)), 1008, message);
    }
    assert.equal(await socketStatus(openSocket(notifier, '/events?run=shop&deltas=NO')), 400);
  });
});
