import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runViewSchema } from '../../src/contract/run-view.js';
import type { Environment } from '../../src/shared/config.js';
import {
  federatedCredentials,
  startBedrock,
  startFoundry,
  startVertex,
  type CloudStandIn,
} from '../support/clouds.js';
import { testCli, type TestCli } from '../support/cli.js';
import { doctorReport } from '../support/doctor.js';
import { creates, startTestModel, submits, type TestModel } from '../support/model.js';
import { makeProject, makeTwoTasks } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

const KEYS = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-west-1' };

/** No service of this machine, and no file of its user, is asked for credentials. */
const NOTHING_ELSE: Environment = {
  AWS_EC2_METADATA_DISABLED: 'true',
  METADATA_SERVER_DETECTION: 'none',
  HOME: '/nonexistent',
};

describe('leadwright with a cloud as its provider', function () {
  this.timeout(180_000);
  const scratch = scratchFolder();
  let model: TestModel;
  let bedrock: CloudStandIn;
  let cli: TestCli;
  /** With an empty home, in which nothing is started. */
  let fresh: TestCli;
  let aws: Environment;

  before(async () => {
    model = await startTestModel();
    bedrock = await startBedrock(model.url, KEYS);
    aws = {
      ...NOTHING_ELSE,
      LEADWRIGHT_PROVIDER: 'bedrock',
      ANTHROPIC_BEDROCK_BASE_URL: bedrock.url,
      AWS_REGION: KEYS.region,
      AWS_ACCESS_KEY_ID: KEYS.id,
      AWS_SECRET_ACCESS_KEY: KEYS.secret,
    };
    cli = await testCli(undefined, NOTHING_ELSE);
    fresh = await testCli(undefined, NOTHING_ELSE);
  });
  after(async () => {
    await Promise.all([cli.remove(), fresh.remove()]);
    await bedrock.close();
    await model.close();
    scratch.remove();
  });

  it('completes a run through Bedrock: corrections, a price, and no credential in the home or the answers', async () => {
    const project = makeTwoTasks(model, scratch.path, 'clouded', { one: 0, two: 0 });
    model.answers('clouded one', [
      creates('one.txt', 'broken'),
      submits([{ path: 'one.txt', action: 'modify', content: 'x' }]),
    ]);
    bedrock.refuse({ status: 429, type: 'ThrottlingException', message: 'Too many requests' });
    const ran = await cli.exits(
      0,
      ['run', ...project.options, '--id', 'clouded', '--json', '--budget-usd', '5'],
      aws,
    );
    const run = runViewSchema.parse(JSON.parse(ran.stdout));
    assert.equal(run.status, 'completed');
    assert.deepEqual(
      run.tasks.map(({ status, corrections }) => [status, corrections]),
      [
        ['completed', 1],
        ['completed', 0],
      ],
    );
    assert.ok(run.usage.costUsd > 0);
    assert.equal(run.usage.possiblyBilled.calls, 0);
    assert.deepEqual(bedrock.problems, []);
    assert.equal(bedrock.paths.length, run.usage.modelCalls + 1);
    assert.deepEqual(
      [...new Set(bedrock.paths)],
      ['POST /model/global.anthropic.claude-sonnet-5-5/invoke-with-response-stream'],
    );
    const printed = await cli.run(['show', 'clouded', 'one'], aws);
    assert.doesNotMatch(ran.stdout + ran.stderr + printed.stdout, /wJalrXUtnFEMI/);
    for (const file of readdirSync(join(cli.home, 'logs'))) {
      assert.doesNotMatch(readFileSync(join(cli.home, 'logs', file), 'utf8'), /wJalrXUtnFEMI/, file);
    }
  });

  it('stops with exit code 3 at a first refusal, keeps everything, and continues once access is given', async () => {
    const name = 'no access';
    const { options } = makeProject(scratch.path, 'no-access', [{ id: 'a', title: name }]);
    model.answers(name, [creates('open.txt', 'x')]);
    await cli.untilQuiet();
    bedrock.refuse({
      status: 400,
      type: 'ValidationException',
      message: 'The provided model identifier is invalid.',
    });
    const run = ['run', ...options, '--id', 'no-access', '--json'];
    const refused = await cli.exits(3, run, aws);
    assert.match(refused.stderr, /model identifier is invalid/);
    assert.equal(runViewSchema.parse(JSON.parse((await cli.exits(0, run, aws)).stdout)).status, 'completed');
  });

  it('refuses another provider, or other credentials, while its worker runs', async () => {
    await cli.untilQuiet();
    const up = cli.start(['up'], aws);
    await up.untilSaid(/Leadwright is up/);
    try {
      const { options } = makeProject(scratch.path, 'another', [{ id: 'a', title: 'Another' }]);
      const foundry = {
        LEADWRIGHT_PROVIDER: 'foundry',
        ANTHROPIC_FOUNDRY_BASE_URL: bedrock.url,
        ANTHROPIC_FOUNDRY_API_KEY: 'another-foundry-key',
      };
      for (const others of [
        { ...aws, ...foundry },
        { ...aws, AWS_SECRET_ACCESS_KEY: 'another-secret-access-key' },
        { ANTHROPIC_API_KEY: 'sk-another-key' },
      ]) {
        const refused = await cli.exits(3, ['run', ...options], others);
        assert.match(refused.stderr, /other model settings \(LEADWRIGHT_PROVIDER/);
        assert.doesNotMatch(refused.stderr, /another-/);
      }
    } finally {
      up.process.kill('SIGINT');
      await up.done;
    }
  });

  it('completes a run through Foundry', async () => {
    await cli.untilQuiet();
    const foundry = await startFoundry(model.url, 'a-foundry-key-1');
    try {
      const { options } = makeProject(scratch.path, 'found', [{ id: 'a', title: 'Found' }], {
        model: 'claude-opus-5-5',
      });
      model.answers('Found', [creates('found.txt', 'x')]);
      const env = {
        LEADWRIGHT_PROVIDER: 'foundry',
        ANTHROPIC_FOUNDRY_BASE_URL: `${foundry.url}/anthropic/`,
        ANTHROPIC_FOUNDRY_API_KEY: 'a-foundry-key-1',
      };
      await cli.exits(0, ['run', ...options, '--id', 'found', '--json'], env);
      assert.deepEqual(foundry.problems, []);
      assert.equal(model.requests.at(-1)?.body.model, 'claude-opus-5-5');
    } finally {
      await foundry.close();
    }
  });

  const incomplete: readonly (readonly [string, Environment, RegExp])[] = [
    ['bedrock', {}, /no credentials for Amazon Bedrock.*AWS_BEARER_TOKEN_BEDROCK/s],
    ['bedrock', { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' }, /AWS_SECRET_ACCESS_KEY/],
    ['bedrock', { AWS_PROFILE: 'no-such' }, /no credentials for Amazon Bedrock/],
    ['vertex', {}, /CLOUD_ML_REGION/],
    [
      'vertex',
      { CLOUD_ML_REGION: 'global' },
      /no credentials for Google Vertex AI.*GOOGLE_APPLICATION_CREDENTIALS/s,
    ],
    [
      'vertex',
      { CLOUD_ML_REGION: 'global', ANTHROPIC_VERTEX_PROJECT_ID: 'my-project' },
      /^(?!.*PROJECT_ID).*application-default login`\./s,
    ],
    ['foundry', {}, /ANTHROPIC_FOUNDRY_API_KEY.*ANTHROPIC_FOUNDRY_RESOURCE/s],
    ['foundry', { ANTHROPIC_FOUNDRY_API_KEY: 'a-foundry-key-1' }, /ANTHROPIC_FOUNDRY_RESOURCE/],
  ];
  for (const [provider, env, missing] of incomplete) {
    it(`says what ${provider} lacks with ${JSON.stringify(env)}: exit code 3, nothing started`, async () => {
      const { options } = makeProject(scratch.path, `lacks-${Math.random()}`, [{ id: 'a', title: 'A' }]);
      const more = { ...env, LEADWRIGHT_PROVIDER: provider, ANTHROPIC_API_KEY: 'sk-of-the-other-api' };
      const refused = await fresh.exits(3, ['run', ...options], more);
      assert.match(refused.stderr, missing);
      const report = await fresh.exits(3, ['doctor', '--json'], more);
      const found = doctorReport(report).findings.find(({ what }) => what === 'model');
      assert.equal(found?.state, 'missing');
      assert.match(`${found.said} ${found.fix ?? ''}`, missing);
      assert.doesNotMatch(refused.stderr + report.stdout, /a-foundry-key-1|sk-of-the-other/);
      assert.deepEqual(fresh.processes(), []);
    });
  }

  it('shows in the doctor which model and credentials would be used', async () => {
    const report = await fresh.exits(0, ['doctor', '--json'], {
      ...aws,
      ANTHROPIC_BEDROCK_BASE_URL: undefined,
    });
    const found = doctorReport(report).findings.find(({ what }) => what === 'model');
    assert.equal(found?.state, 'ok');
    assert.match(
      found.said,
      /global\.anthropic\.claude-sonnet-5-5 on Amazon Bedrock \(bedrock:eu-west-1\), with AWS_ACCESS_KEY_ID/,
    );
    assert.doesNotMatch(report.stdout, /wJalrXUtnFEMI/);
  });

  it('fetches a token of Google to check that its credentials work', async () => {
    const account = { subject: 'a.subject.token', project: 'my-project', region: 'global' };
    const vertex = await startVertex(model.url, account);
    const files = { subject: join(scratch.path, 'subject'), credentials: join(scratch.path, 'google.json') };
    writeFileSync(files.credentials, JSON.stringify(federatedCredentials(vertex.url, files.subject)));
    const env = {
      LEADWRIGHT_PROVIDER: 'vertex',
      CLOUD_ML_REGION: account.region,
      ANTHROPIC_VERTEX_PROJECT_ID: account.project,
      GOOGLE_CLOUD_PROJECT: account.project,
      GOOGLE_APPLICATION_CREDENTIALS: files.credentials,
    };
    try {
      for (const [subject, code, said] of [
        ['an.expired.token', 3, /invalid_grant|expired/],
        [account.subject, 0, /claude-sonnet-5-5 on Google Vertex AI.*GOOGLE_APPLICATION_CREDENTIALS/],
      ] as const) {
        writeFileSync(files.subject, subject);
        const report = await fresh.exits(code, ['doctor', '--json'], env);
        const found = doctorReport(report).findings.find(({ what }) => what === 'model');
        assert.match(found?.said ?? '', said);
      }
    } finally {
      await vertex.close();
    }
  });

  it('takes an unknown provider as bad usage', async () => {
    const { options } = makeProject(scratch.path, 'unknown', [{ id: 'a', title: 'A' }]);
    const env = { LEADWRIGHT_PROVIDER: 'azure' };
    for (const args of [['run'], ['run', ...options], ['run', '--dry-run', ...options], ['up']]) {
      const refused = await fresh.exits(2, args, env);
      assert.match(refused.stderr, /LEADWRIGHT_PROVIDER is "azure".*anthropic, bedrock, vertex or foundry/);
    }
    const json = await fresh.exits(2, ['run', ...options, '--json'], env);
    assert.match(json.stdout + json.stderr, /"azure"/);
    assert.deepEqual(fresh.processes(), []);
  });
});
