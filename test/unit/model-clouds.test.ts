import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_TOOLS } from '../../src/agent/answer/tool-calls.js';
import { callModel, CallTimeout } from '../../src/model/call.js';
import { checkCredentials } from '../../src/model/clouds/open-client.js';
import { endpointOf } from '../../src/model/endpoint.js';
import { classifyFailure, type ModelFailure } from '../../src/model/failures.js';
import type { ModelRequest } from '../../src/model/request.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';
import {
  federatedCredentials,
  startBedrock,
  startFoundry,
  startVertex,
  type CloudStandIn,
} from '../support/clouds.js';
import { eventually } from '../support/eventually.js';
import { setEnvironment } from '../support/set-environment.js';

const REQUEST: ModelRequest = {
  model: 'claude-sonnet-5-5',
  system: 'You are an engineer.',
  messages: [{ role: 'user', content: '# Sum\n\nPlease.' }],
  tools: API_TOOLS,
  effort: 'high',
};
const callOptions = () => ({ maxTokens: 1_000, timeoutMs: 60_000, signal: new AbortController().signal });

const KEYS = {
  id: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  session: 'a-session-token',
  region: 'eu-west-1',
};

/** No cloud of this machine is asked for credentials, and no file of this user is read. */
const NOTHING_ELSE = {
  AWS_EC2_METADATA_DISABLED: 'true',
  METADATA_SERVER_DETECTION: 'none',
  HOME: '/nonexistent',
  AWS_PROFILE: undefined,
};

interface Stage {
  readonly cloud: CloudStandIn;
  readonly variables: Readonly<Record<string, string>>;
}

describe('a call through a cloud', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-clouds-'));
  let model: ScriptedModel;
  let answers: Answer[];
  let clouds: CloudStandIn[] = [];
  let restore: () => void = () => undefined;

  beforeEach(async () => {
    answers = [];
    model = await startScriptedModel({ answer: () => answers.shift() ?? { text: 'Done.' } });
  });
  afterEach(async () => {
    restore();
    restore = () => undefined;
    await Promise.all(clouds.map((cloud) => cloud.close()));
    clouds = [];
    await model.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  const stages: Readonly<Record<string, () => Promise<Stage>>> = {
    'bedrock, signed': async () => {
      const bedrock = await startBedrock(model.url, KEYS);
      return {
        cloud: bedrock,
        variables: {
          LEADWRIGHT_PROVIDER: 'bedrock',
          ANTHROPIC_BEDROCK_BASE_URL: bedrock.url,
          AWS_REGION: KEYS.region,
          AWS_ACCESS_KEY_ID: KEYS.id,
          AWS_SECRET_ACCESS_KEY: KEYS.secret,
          AWS_SESSION_TOKEN: KEYS.session,
        },
      };
    },
    'bedrock, with an API key': async () => {
      const bedrock = await startBedrock(model.url, 'bedrock-api-key-1');
      return {
        cloud: bedrock,
        variables: {
          LEADWRIGHT_PROVIDER: 'bedrock',
          ANTHROPIC_BEDROCK_BASE_URL: bedrock.url,
          AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-1',
        },
      };
    },
    vertex: async () => {
      const account = { subject: 'a.subject.token', project: 'my-project', region: 'global' };
      const vertex = await startVertex(model.url, account);
      const subjectFile = join(folder, 'subject');
      const credentials = join(folder, 'credentials.json');
      writeFileSync(subjectFile, account.subject);
      writeFileSync(credentials, JSON.stringify(federatedCredentials(vertex.url, subjectFile)));
      return {
        cloud: vertex,
        variables: {
          LEADWRIGHT_PROVIDER: 'vertex',
          ANTHROPIC_VERTEX_BASE_URL: `${vertex.url}/v1`,
          ANTHROPIC_VERTEX_PROJECT_ID: account.project,
          // Without it, Google's library asks a service of Google for the project's name.
          GOOGLE_CLOUD_PROJECT: account.project,
          CLOUD_ML_REGION: account.region,
          GOOGLE_APPLICATION_CREDENTIALS: credentials,
        },
      };
    },
    foundry: async () => {
      const foundry = await startFoundry(model.url, 'foundry-key-1');
      return {
        cloud: foundry,
        variables: {
          LEADWRIGHT_PROVIDER: 'foundry',
          ANTHROPIC_FOUNDRY_BASE_URL: `${foundry.url}/anthropic/`,
          ANTHROPIC_FOUNDRY_API_KEY: 'foundry-key-1',
        },
      };
    },
  };

  /** Starts a cloud, and returns the endpoint that this process's environment names. */
  async function enter(name: string, more: Readonly<Record<string, string>> = {}) {
    const stage = await stages[name]?.();
    assert.ok(stage);
    const { cloud } = stage;
    clouds.push(cloud);
    // The key of another service, which must not be sent.
    const others = { ANTHROPIC_API_KEY: 'sk-of-another', ANTHROPIC_AUTH_TOKEN: 'token-of-another' };
    restore();
    restore = setEnvironment({ ...NOTHING_ELSE, ...others, ...stage.variables, ...more });
    return { cloud, endpoint: endpointOf(process.env) };
  }

  async function failing(name: string, more?: Readonly<Record<string, string>>): Promise<ModelFailure> {
    const { endpoint } = await enter(name, more);
    return failureOf(callModel(endpoint, REQUEST, callOptions()));
  }

  async function failureOf(call: Promise<unknown>): Promise<ModelFailure> {
    const error: unknown = await call.then(
      () => assert.fail('the call gave an answer'),
      (thrown: unknown) => thrown,
    );
    const failure = classifyFailure(error);
    assert.ok(failure, String(error));
    return failure;
  }

  const paths: Readonly<Record<string, string>> = {
    'bedrock, signed': '/model/global.anthropic.claude-sonnet-5-5/invoke-with-response-stream',
    'bedrock, with an API key': '/model/global.anthropic.claude-sonnet-5-5/invoke-with-response-stream',
    vertex:
      '/v1/projects/my-project/locations/global/publishers/anthropic/models/claude-sonnet-5-5:streamRawPredict',
    foundry: '/anthropic/v1/messages',
  };

  for (const [name, path] of Object.entries(paths)) {
    describe(name, () => {
      it('streams a whole conversation, with tools, thinking, effort and a cached prompt', async () => {
        answers = [
          { thinking: 'Let me think.', tools: [{ name: 'read_file', input: { path: 'ä 👍.ts' } }] },
          { text: 'Done.' },
        ];
        const { endpoint, cloud: asked } = await enter(name);
        const seen: string[] = [];
        const first = await callModel(endpoint, REQUEST, {
          ...callOptions(),
          cacheLifetime: '1h',
          onEvent: ({ type }) => seen.push(type),
        });
        assert.equal(first.stopReason, 'tool_use');
        assert.deepEqual(
          first.content.map((block) => (block.type === 'tool_use' ? block.input : block.type)),
          ['thinking', { path: 'ä 👍.ts' }],
        );
        assert.ok(seen.includes('content_block_delta'), 'the answer is streamed');
        assert.ok(first.usage.cacheCreation1hInputTokens > 0);
        const call = first.content.find((block) => block.type === 'tool_use');
        const result = { type: 'tool_result', tool_use_id: call?.id ?? '', content: 'one' } as const;
        const second = await callModel(
          endpoint,
          {
            ...REQUEST,
            messages: [
              ...REQUEST.messages,
              { role: 'assistant', content: first.content },
              { role: 'user', content: [result] },
            ],
          },
          callOptions(),
        );
        assert.equal(second.stopReason, 'end_turn');
        assert.ok(second.usage.cacheReadInputTokens > 0);
        assert.deepEqual(asked.problems, []);
        assert.deepEqual(asked.paths, [`POST ${path}`, `POST ${path}`]);
        assert.deepEqual(model.requests[0]?.body.output_config, { effort: 'high' });
        assert.doesNotMatch(JSON.stringify(asked.bodies), /of-another/);
      });

      it('leaves out thinking of another conversation, once it was refused', async () => {
        answers = [{ thinking: 'It adds up.', text: 'Done.' }, { text: 'Done.' }];
        const { endpoint } = await enter(name);
        const { content } = await callModel(endpoint, REQUEST, callOptions());
        const more: ModelRequest = {
          ...REQUEST,
          system: 'You are another engineer.',
          messages: [
            ...REQUEST.messages,
            { role: 'assistant', content },
            { role: 'user', content: 'Go on.' },
          ],
        };
        assert.equal((await callModel(endpoint, more, callOptions())).stopReason, 'end_turn');
      });

      it('asks once: nobody but Temporal retries', async () => {
        answers = [{ status: { code: 529, type: 'overloaded_error', message: 'Overloaded', retryAfter: 2 } }];
        const failure = await failing(name);
        assert.deepEqual(failure, {
          kind: 'busy',
          message: 'The model answered 529: Overloaded',
          retryAfterMs: 2_000,
          status: 529,
          slowsFleet: true,
          billed: 'no',
        });
        assert.equal(clouds[0]?.paths.length, 1);
      });

      it('breaks off when the answer does, and when it is silent', async () => {
        answers = [{ text: 'A longer answer than that.', break: { by: 'reset', after: 1 } }];
        const { endpoint } = await enter(name);
        assert.deepEqual(
          (({ kind, billed }) => ({ kind, billed }))(
            await failureOf(callModel(endpoint, REQUEST, callOptions())),
          ),
          { kind: 'connection', billed: 'possibly' },
        );
        answers = [{ text: 'A longer answer than that.', break: { by: 'stall', after: 1 } }];
        const silent = await failureOf(callModel(endpoint, REQUEST, { ...callOptions(), silenceMs: 200 }));
        assert.match(silent.message, /no data arrived/);
      });

      it('ends at its timeout, and closes its connection', async () => {
        answers = [{ text: 'A moment.', delay: 600_000 }];
        const { endpoint } = await enter(name);
        // Long enough that the request has arrived on a busy machine: a cloud is asked for its sign-in first.
        await assert.rejects(
          callModel(endpoint, REQUEST, { ...callOptions(), timeoutMs: 2_000 }),
          CallTimeout,
        );
        await eventually(() => model.requests[0]?.outcome !== 'open', 'the request ends');
        assert.equal(model.requests[0]?.outcome, 'abandoned');
      });
    });
  }

  it('keeps an id of the provider’s own', async () => {
    const { endpoint, cloud: asked } = await enter('bedrock, signed');
    const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const { system, messages, tools } = REQUEST;
    await callModel(endpoint, { model, system, messages, tools }, callOptions());
    assert.deepEqual(asked.problems, []);
    assert.match(asked.paths[0] ?? '', /\/model\/eu\.anthropic\.claude-sonnet-4-5-20250929-v1(?::|%3A)0\//);
  });

  it('is refused with the wrong secret, and says so without it', async () => {
    const failure = await failing('bedrock, signed', { AWS_SECRET_ACCESS_KEY: 'another-secret-access-key' });
    assert.equal(failure.kind, 'access');
    assert.match(failure.message, /\(403\).*signature we calculated does not match/);
    assert.doesNotMatch(failure.message, /another-secret/);
    assert.equal((await failing('foundry', { ANTHROPIC_FOUNDRY_API_KEY: 'another-key-1' })).kind, 'access');
  });

  const refusals: readonly (readonly [string, number, string, string, ModelFailure['kind']])[] = [
    ['bedrock, signed', 429, 'ThrottlingException', 'Too many requests, please wait', 'busy'],
    ['bedrock, signed', 429, 'ModelNotReadyException', 'Model is not ready for inference', 'busy'],
    ['bedrock, signed', 424, 'ModelErrorException', 'The model failed', 'busy'],
    ['bedrock, signed', 503, 'ServiceUnavailableException', 'Unavailable', 'busy'],
    ['bedrock, signed', 403, 'ExpiredTokenException', 'The security token included is expired', 'access'],
    ['bedrock, signed', 400, 'ExpiredTokenException', 'The security token included is expired', 'access'],
    ['bedrock, signed', 403, 'AccessDeniedException', "You don't have access to the model", 'access'],
    ['bedrock, signed', 404, 'ResourceNotFoundException', 'Model use case details', 'access'],
    ['bedrock, signed', 400, 'ValidationException', 'The provided model identifier is invalid.', 'access'],
    [
      'bedrock, signed',
      400,
      'ValidationException',
      'Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with an inference profile',
      'access',
    ],
    ['bedrock, signed', 400, 'ValidationException', 'Input is too long for requested model.', 'context'],
    ['bedrock, signed', 400, 'ValidationException', 'max_tokens: must be at least 1', 'request'],
    ['vertex', 429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', 'busy'],
    ['vertex', 403, 'PERMISSION_DENIED', 'Vertex AI API has not been used in project', 'access'],
    ['vertex', 404, 'NOT_FOUND', 'Publisher Model was not found', 'access'],
    ['vertex', 400, 'FAILED_PRECONDITION', 'The model is not servable in region us-east5', 'access'],
    ['vertex', 400, 'INVALID_ARGUMENT', 'prompt is too long: 2 tokens > 1 maximum', 'context'],
    ['foundry', 404, 'DeploymentNotFound', 'The deployment does not exist', 'access'],
    ['foundry', 429, 'RateLimitReached', 'Rate limit is exceeded', 'busy'],
  ];
  for (const [name, status, type, message, kind] of refusals) {
    it(`of ${name} that is refused by ${status} ${type} ("${message}") is of kind ${kind}`, async () => {
      const { endpoint, cloud: asked } = await enter(name);
      asked.refuse({ status, type, message });
      const failure = await failureOf(callModel(endpoint, REQUEST, callOptions()));
      assert.equal(failure.kind, kind, failure.message);
      assert.ok(failure.message.includes(message), failure.message);
      assert.equal(failure.billed, 'no');
    });
  }

  const interruptions = [
    ['throttlingException', 'busy', 'waits, and slows the fleet'],
    ['modelStreamErrorException', 'busy', 'is tried again'],
    ['modelTimeoutException', 'busy', 'is tried again'],
    ['internalServerException', 'busy', 'is tried again'],
    ['serviceUnavailableException', 'busy', 'is tried again'],
    ['validationException', 'request', 'asks a person'],
  ] as const;
  for (const [type, kind, then] of interruptions) {
    it(`that Bedrock ends with ${type} ${then}, and is possibly billed`, async () => {
      const { endpoint, cloud: asked } = await enter('bedrock, signed');
      asked.interrupt(type, 'Something went wrong');
      const failure = await failureOf(callModel(endpoint, REQUEST, callOptions()));
      assert.deepEqual([failure.kind, failure.billed], [kind, 'possibly'], failure.message);
      assert.match(failure.message, /Something went wrong/);
      if (failure.kind === 'busy') assert.equal(failure.slowsFleet, type === 'throttlingException');
    });
  }

  it('that finds no AWS credentials is of kind access, and was not sent', async () => {
    const { endpoint, cloud: asked } = await enter('bedrock, signed');
    const { settings } = endpoint.provider === undefined ? assert.fail() : endpoint;
    const undo = setEnvironment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
    const rest = { ...settings, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const keyless = { provider: 'bedrock', settings: rest } as const;
    try {
      const failure = await failureOf(callModel(keyless, REQUEST, callOptions()));
      assert.equal(failure.kind, 'access');
      assert.match(failure.message, /credentials for the model cannot be used: Could not load credentials/);
      await assert.rejects(checkCredentials(keyless), /Could not load credentials/);
      assert.deepEqual(asked.paths, []);
    } finally {
      undo();
    }
  });

  it('whose token is refused by Google is of kind access, and was not sent', async () => {
    const { endpoint, cloud: asked } = await enter('vertex');
    writeFileSync(join(folder, 'subject'), 'an.expired.token');
    const failure = await failureOf(callModel(endpoint, REQUEST, callOptions()));
    assert.equal(failure.kind, 'access', failure.message);
    assert.match(failure.message, /invalid_grant|expired/);
    assert.deepEqual(asked.paths, []);
  });

  it('whose issuer of tokens is out of reach is tried again', async () => {
    const { endpoint } = await enter('vertex');
    const credentials = join(folder, 'credentials.json');
    writeFileSync(
      credentials,
      JSON.stringify(federatedCredentials('http://127.0.0.1:9', join(folder, 'subject'))),
    );
    const failure = await failureOf(callModel(endpoint, REQUEST, callOptions()));
    assert.equal(failure.kind, 'connection', failure.message);
    assert.equal(failure.billed, 'no');
  });
});
