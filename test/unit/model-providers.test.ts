import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notifyEnvironment } from '../../src/notifications/notify-command.js';
import {
  addressOf,
  credentialsOf,
  endpointOf,
  endpointProblem,
  hasModel,
  hostOf,
  priceFactorOf,
} from '../../src/model/endpoint.js';
import { limitsOf, modelIdAt, PRICED_MODELS } from '../../src/model/known-models.js';
import { priceOf } from '../../src/model/prices.js';
import { PROVIDERS, readProvider, type Provider } from '../../src/model/providers.js';
import { ownSecrets } from '../../src/redaction/own-secrets.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { workerSettings, withoutModelSecrets } from '../../src/local-stack/worker-settings.js';
import { parsePlan } from '../../src/plan/parse-plan.js';
import { createCommandEnvironment } from '../../src/sandbox/command-environment.js';

const AWS = {
  LEADWRIGHT_PROVIDER: 'bedrock',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const FOUNDRY = {
  LEADWRIGHT_PROVIDER: 'foundry',
  ANTHROPIC_FOUNDRY_RESOURCE: 'shop',
  ANTHROPIC_FOUNDRY_API_KEY: 'a-foundry-key-1',
};
const VERTEX = {
  LEADWRIGHT_PROVIDER: 'vertex',
  CLOUD_ML_REGION: 'europe-west1',
  ANTHROPIC_VERTEX_PROJECT_ID: 'my-project',
};

describe('the provider', () => {
  it('is the Messages API unless LEADWRIGHT_PROVIDER says otherwise; an unknown one is bad usage', () => {
    assert.equal(readProvider({}), 'anthropic');
    assert.equal(readProvider({ LEADWRIGHT_PROVIDER: '' }), 'anthropic');
    for (const provider of PROVIDERS) assert.equal(readProvider({ LEADWRIGHT_PROVIDER: provider }), provider);
    assert.throws(
      () => readProvider({ LEADWRIGHT_PROVIDER: 'Bedrock' }),
      /"Bedrock"\. It must be anthropic, bedrock, vertex or foundry/,
    );
  });

  const ids: readonly (readonly [string, Provider, string])[] = [
    ['claude-sonnet-5-5', 'anthropic', 'claude-sonnet-5-5'],
    ['claude-sonnet-5-5', 'bedrock', 'global.anthropic.claude-sonnet-5-5'],
    ['claude-sonnet-5-5', 'vertex', 'claude-sonnet-5-5'],
    ['claude-sonnet-5-5', 'foundry', 'claude-sonnet-5-5'],
    ['claude-opus-4-6', 'bedrock', 'global.anthropic.claude-opus-4-6-v1'],
    ['claude-sonnet-4-6', 'bedrock', 'global.anthropic.claude-sonnet-4-6'],
    ['claude-haiku-4-5', 'bedrock', 'global.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-haiku-4-5-20251001', 'bedrock', 'global.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-haiku-4-5-20251001', 'vertex', 'claude-haiku-4-5@20251001'],
    ['claude-haiku-4-5-20251001', 'foundry', 'claude-haiku-4-5'],
    ['claude-haiku-4-5-20251001', 'anthropic', 'claude-haiku-4-5-20251001'],
    ['claude-sonnet-4-5', 'vertex', 'claude-sonnet-4-5@20250929'],
    // What is no name of the list, or already an id of the provider's, stays.
    ['eu.anthropic.claude-opus-5-5', 'bedrock', 'eu.anthropic.claude-opus-5-5'],
    ['claude-sonnet-4-5@20250929', 'vertex', 'claude-sonnet-4-5@20250929'],
    ['my-deployment', 'foundry', 'my-deployment'],
    [
      'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc',
      'bedrock',
      'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc',
    ],
  ];
  for (const [model, provider, id] of ids) {
    it(`${provider} calls ${model} as ${id}`, () => assert.equal(modelIdAt(provider, model), id));
  }

  it('has an id, a price and limits for each model that is listed', () => {
    for (const model of PRICED_MODELS.filter((name) => name !== 'scripted')) {
      for (const provider of PROVIDERS) {
        const id = modelIdAt(provider, model);
        assert.deepEqual(priceOf(id), priceOf(model), id);
        assert.deepEqual(limitsOf(id), limitsOf(model), id);
      }
    }
  });

  it('costs a tenth more where calls stay in a region', () => {
    const list = priceOf('claude-haiku-5-5');
    assert.ok(list !== null);
    const nearly = (actual: number | undefined, wanted: number) =>
      assert.ok(Math.abs((actual ?? 0) - wanted) < 1e-9, `${actual ?? ''} is not ${wanted}`);
    for (const [id, factor] of [
      ['global.anthropic.claude-haiku-5-5', 1],
      ['eu.anthropic.claude-haiku-5-5', 1.1],
      ['anthropic.claude-haiku-5-5', 1.1],
      ['us-gov.anthropic.claude-haiku-5-5', 1.2],
      ['arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-5-5', 1.1],
    ] as const) {
      const price = priceOf(id);
      nearly(price?.output, list.output * factor);
      nearly(price?.longPrompt?.rates.input, (list.longPrompt?.rates.input ?? 0) * factor);
    }
    const regional = priceFactorOf(endpointOf(VERTEX));
    nearly(priceOf('claude-haiku-5-5', {}, regional)?.input, list.input * 1.1);
    assert.equal(priceFactorOf(endpointOf({ ...VERTEX, CLOUD_ML_REGION: 'global' })), 1);
    assert.deepEqual(
      priceOf('claude-haiku-5-5', { 'claude-haiku-5-5': { input: 3, output: 4 } }, 1.1)?.input,
      3,
    );
  });

  const problems: readonly (readonly [Record<string, string>, RegExp | null])[] = [
    [AWS, null],
    [{ LEADWRIGHT_PROVIDER: 'bedrock' }, null],
    [
      { LEADWRIGHT_PROVIDER: 'bedrock', AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' },
      /Set AWS_SECRET_ACCESS_KEY as well/,
    ],
    [{ ...AWS, ANTHROPIC_BEDROCK_BASE_URL: 'bedrock:443' }, /no web address/],
    [VERTEX, null],
    [{ LEADWRIGHT_PROVIDER: 'vertex' }, /CLOUD_ML_REGION is not set/],
    [
      { LEADWRIGHT_PROVIDER: 'vertex' },
      /Set CLOUD_ML_REGION .*GOOGLE_APPLICATION_CREDENTIALS.*ANTHROPIC_VERTEX_PROJECT_ID/,
    ],
    [{ ...VERTEX, CLOUD_ML_REGION: '' }, /^(?!.*PROJECT_ID).*Set CLOUD_ML_REGION/],
    [
      { LEADWRIGHT_PROVIDER: 'foundry' },
      /FOUNDRY_API_KEY is not set.*neither ANTHROPIC_FOUNDRY_RESOURCE nor/,
    ],
    [FOUNDRY, null],
    [{ ...FOUNDRY, ANTHROPIC_FOUNDRY_API_KEY: '' }, /ANTHROPIC_FOUNDRY_API_KEY is not set/],
    [{ ...FOUNDRY, ANTHROPIC_FOUNDRY_RESOURCE: '' }, /neither ANTHROPIC_FOUNDRY_RESOURCE nor/],
    [{ ...FOUNDRY, ANTHROPIC_FOUNDRY_BASE_URL: 'https://x.example' }, /exclude each other/],
    // The key of Anthropic's own API is no credential of a cloud.
    [{ LEADWRIGHT_PROVIDER: 'foundry', ANTHROPIC_API_KEY: 'sk' }, /ANTHROPIC_FOUNDRY_API_KEY is not set/],
  ];
  for (const [env, problem] of problems) {
    it(`${JSON.stringify(env)} ${problem === null ? 'can be tried' : `is told: ${problem.source}`}`, () => {
      const found = endpointProblem(endpointOf(env));
      if (problem === null) assert.equal(found, null);
      else assert.match(`${found?.message ?? ''}: ${found?.fix ?? ''}`, problem);
      assert.equal(hasModel(endpointOf(env)), problem === null);
    });
  }

  it('says that a key cannot be one, without showing it', () => {
    for (const key of ['sk-of-\nmine', 'sk-of-mine…', ' ']) {
      const found = endpointProblem(endpointOf({ ANTHROPIC_API_KEY: key }));
      assert.match(found?.message ?? '', /^ANTHROPIC_API_KEY /);
      assert.doesNotMatch(JSON.stringify(found), /mine/);
    }
    assert.equal(endpointProblem(endpointOf({ ANTHROPIC_API_KEY: 'sk-of-mine\n' })), null);
  });

  it('has an address without credentials, which the record and the shared limit use', () => {
    assert.equal(addressOf(endpointOf(AWS)), 'bedrock:eu-west-1');
    assert.equal(addressOf(endpointOf({ LEADWRIGHT_PROVIDER: 'bedrock' })), 'bedrock:us-east-1');
    assert.equal(addressOf(endpointOf(VERTEX)), 'vertex:europe-west1#my-project');
    assert.equal(addressOf(endpointOf(FOUNDRY)), 'foundry:shop');
    assert.equal(addressOf(endpointOf({})), '');
    assert.equal(hostOf(endpointOf(VERTEX)), 'europe-west1');
    const proxy = { ...AWS, ANTHROPIC_BEDROCK_BASE_URL: 'https://me:hunter2@proxy.example/x' };
    assert.equal(hostOf(endpointOf(proxy)), 'proxy.example');
    const { provider, ...rest } = endpointOf(AWS);
    assert.ok(provider === 'bedrock' && 'settings' in rest);
    assert.equal(credentialsOf({ provider, ...rest }), 'AWS_ACCESS_KEY_ID');
  });
});

describe('the settings of a cloud', () => {
  it('belong to the worker: another provider, region or credential is another worker', () => {
    const settings = [
      {},
      AWS,
      { ...AWS, AWS_REGION: 'us-east-1' },
      { ...AWS, AWS_SECRET_ACCESS_KEY: 'another-secret-access-key' },
      { ...AWS, AWS_PROFILE: 'work' },
      { ...AWS, LEADWRIGHT_MODEL: 'claude-opus-5-5' },
      VERTEX,
      FOUNDRY,
    ].map((env) => workerSettings(env));
    assert.equal(new Set(settings.map(({ fingerprint }) => fingerprint)).size, settings.length);
    assert.deepEqual(
      settings.map(({ hasKey }) => hasKey),
      [false, true, true, true, true, true, true, true],
    );
    assert.doesNotMatch(JSON.stringify(settings), /wJalr|another-secret/);
    // What another provider reads makes no difference.
    assert.deepEqual(workerSettings({ ANTHROPIC_API_KEY: 'k', ...AWS, LEADWRIGHT_PROVIDER: '' }), {
      ...workerSettings({ ANTHROPIC_API_KEY: 'k' }),
    });
  });

  it('are kept from the host, its servers and the notifier', () => {
    const env = { PATH: '/bin', ...AWS, ...VERTEX, ...FOUNDRY, GOOGLE_APPLICATION_CREDENTIALS: '/k.json' };
    assert.deepEqual(withoutModelSecrets(env), { PATH: '/bin' });
  });

  const SECRETS = {
    AWS_ACCESS_KEY_ID: 'secret',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'secret',
    AWS_BEARER_TOKEN_BEDROCK: 'secret',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret',
    ANTHROPIC_FOUNDRY_API_KEY: 'secret',
    GOOGLE_APPLICATION_CREDENTIALS: 'secret',
  };

  it('are kept from code under test, whatever the plan names', () => {
    const folders = { tree: '/t', home: '/h', tmp: '/m' };
    const env = createCommandEnvironment(
      { ...SECRETS, AWS_REGION: 'eu-west-1' },
      [...Object.keys(SECRETS), 'AWS_REGION'],
      folders,
    );
    assert.ok(!Object.values(env).includes('secret'));
    assert.equal(env['AWS_REGION'], 'eu-west-1');
    const names = Object.keys(SECRETS);
    const parsed = parsePlan(
      Buffer.from(
        `name: x\ntest: 'true'\nenv: [${names.join(', ')}]\ntasks: [{ id: a, title: A, description: B }]\n`,
      ),
    );
    assert.ok(!parsed.ok);
    assert.equal(parsed.problems.length, names.length);
    for (const { message } of parsed.problems) assert.match(message, /no test may see it/);
  });

  it('are kept from the command that is told of a blocker, when the model is called with them', () => {
    const env = { ...SECRETS, ANTHROPIC_FOUNDRY_API_KEY: undefined };
    const kept = notifyEnvironment({ ...env, LEADWRIGHT_PROVIDER: 'bedrock' });
    assert.deepEqual(kept, {});
    // A person's own pager may need them otherwise.
    assert.equal(notifyEnvironment(env)['AWS_SESSION_TOKEN'], 'secret');
  });

  it('are redacted, and so is what the files hold that they name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadwright-credentials-'));
    const key = join(folder, 'key.json');
    const privateKey = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
    writeFileSync(
      key,
      JSON.stringify({
        type: 'service_account',
        project_id: 'my-project',
        private_key_id: '0123456789abcdef0123456789abcdef01234567',
        private_key: `-----BEGIN PRIVATE KEY-----\n${privateKey}\n-----END PRIVATE KEY-----\n`,
        client_email: 'agent@my-project.iam.gserviceaccount.com',
      }),
    );
    const profile = join(folder, 'credentials');
    writeFileSync(profile, '[default]\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n');
    try {
      const env = {
        ...AWS,
        AWS_BEARER_TOKEN_BEDROCK: 'ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl',
        AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLETOKEN',
        ANTHROPIC_FOUNDRY_API_KEY: 'a-foundry-key-1',
        GOOGLE_APPLICATION_CREDENTIALS: key,
        AWS_SHARED_CREDENTIALS_FILE: profile,
      };
      const secrets = [
        env.AWS_SECRET_ACCESS_KEY,
        env.AWS_BEARER_TOKEN_BEDROCK,
        env.AWS_SESSION_TOKEN,
        env.ANTHROPIC_FOUNDRY_API_KEY,
        privateKey,
        'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
      ];
      const redacted = createRedactor(ownSecrets(env)).redact(
        secrets.map((secret) => `x ${secret} y`).join('\n'),
      );
      for (const secret of secrets) assert.ok(!redacted.includes(secret), secret);
      assert.equal(
        createRedactor(ownSecrets(env)).redact('my-project in eu-west-1'),
        'my-project in eu-west-1',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
