import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';

const END = {
  runId: 'shop-1',
  status: 'failed',
  branch: 'leadwright/shop-1',
  verify: null,
  accepted: ['price'],
  usage: { costUsd: 1.5 },
  tasks: [
    { id: 'price', status: 'completed', error: null },
    { id: 'cart', status: 'failed', error: 'Timeout: <5m> & more' },
  ],
};
const BLOCKER = { id: 'shop-1:cart:1', runId: 'shop-1', taskId: 'cart', question: 'Which one?' };

/** Runs an example as `on_end` does. @returns its exit code */
async function notify(script: string, value: object, env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [join(packageRoot, 'examples', 'notifications', script)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(JSON.stringify(value));
  const [code] = (await once(child, 'close')) as [number];
  return code;
}

describe('the examples of notifications', () => {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(request.url === '/down' ? 500 : 200).end('ok');
    });
  });
  let url = '';
  let folder = '';
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leadwright-mail-'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    url = `http://127.0.0.1:${address.port}`;
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => received.splice(0));

  it('post what Slack takes, without markup of a model', async () => {
    assert.equal(await notify('slack.mjs', END, { SLACK_WEBHOOK_URL: url }), 0);
    const [{ text, blocks }] = received as [{ text: string; blocks: { type: string; text: object }[] }];
    assert.match(text, /shop-1 failed: 1 of 2 tasks/);
    assert.deepEqual(
      blocks.map(({ type }) => type),
      ['section', 'section'],
    );
    assert.match(JSON.stringify(blocks), /cart: Timeout: &lt;5m&gt; &amp; more/);
    assert.match(JSON.stringify(blocks), /accepted by a person: price/);
  });

  it('post an adaptive card for Teams', async () => {
    assert.equal(await notify('teams.mjs', BLOCKER, { TEAMS_WEBHOOK_URL: url }), 0);
    const [message] = received as [
      { type: string; attachments: { contentType: string; content: { body: object[] } }[] },
    ];
    assert.equal(message.type, 'message');
    assert.equal(message.attachments[0]?.contentType, 'application/vnd.microsoft.card.adaptive');
    assert.match(
      JSON.stringify(message.attachments[0].content.body),
      /Which one\?.*leadwright answer shop-1:cart:1/,
    );
  });

  it('post a model’s words to Teams as text: only a TextBlock has Markdown, such as links', async () => {
    const question = '[Answer here](https://attacker.example)';
    assert.equal(await notify('teams.mjs', { ...BLOCKER, question }, { TEAMS_WEBHOOK_URL: url }), 0);
    const [message] = received as [
      {
        attachments: { content: { body: { type: string; inlines?: { type: string; text: string }[] }[] } }[];
      },
    ];
    const body = message.attachments[0]?.content.body ?? [];
    const [shown] = body.filter((each) => JSON.stringify(each).includes('attacker.example'));
    assert.deepEqual(shown, { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: question }] });
  });

  it('send a mail', async () => {
    const program = join(folder, 'sendmail');
    writeFileSync(program, `#!/bin/sh\necho "$@" > ${folder}/arguments\ncat > ${folder}/mail\n`);
    chmodSync(program, 0o755);
    const env = { MAIL_TO: 'team@example.org\nBcc: x@example.org', SENDMAIL: program };
    assert.equal(await notify('email.mjs', END, env), 0);
    const [head = '', body = ''] = readFileSync(join(folder, 'mail'), 'utf8').split('\n\n');
    assert.doesNotMatch(head, /^Bcc/m);
    const [, subject = ''] = /^Subject: =\?UTF-8\?B\?(.*)\?=$/m.exec(head) ?? [];
    assert.match(Buffer.from(subject, 'base64').toString(), /shop-1 failed/);
    assert.match(body, /branch leadwright\/shop-1, \$1\.50/);
  });

  it('fail when the receiver does, so that Leadwright tries again', async () => {
    assert.notEqual(await notify('slack.mjs', END, { SLACK_WEBHOOK_URL: `${url}/down` }), 0);
    assert.notEqual(await notify('slack.mjs', END, {}), 0);
  });
});
