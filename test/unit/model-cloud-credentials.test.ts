import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCredentials } from '../../src/model/clouds/open-client.js';
import { sharedCredentials } from '../../src/model/clouds/shared-credentials.js';
import { endpointOf } from '../../src/model/endpoint.js';
import { shellQuote } from '../../src/shared/process/shell.js';
import { federatedCredentials } from '../support/clouds.js';
import { listenOnLoopback } from '../support/loopback.js';
import { setEnvironment } from '../support/set-environment.js';

const MINUTE = 60_000;
const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, act));

describe('credentials that calls share', () => {
  /** @param lifeMs null for credentials without an expiry */
  const stage = (lifeMs: number | null) => {
    const at = { now: 0, fetches: 0, fails: false };
    const get = sharedCredentials(
      () => {
        at.fetches += 1;
        if (at.fails) return Promise.reject(new Error('the issuer is down'));
        const expiration = lifeMs === null ? {} : { expiration: new Date(at.now + lifeMs) };
        return Promise.resolve({ key: at.fetches, ...expiration });
      },
      () => at.now,
    );
    return { at, keys: async (count = 1) => (await times(count, get)).map(({ key }) => key) };
  };

  it('are fetched once by calls at the same time, and again before they expire', async () => {
    const { at, keys } = stage(60 * MINUTE);
    assert.deepEqual([...new Set(await keys(100))], [1]);
    at.now = 54 * MINUTE;
    assert.deepEqual(await keys(), [1]);
    at.now = 56 * MINUTE;
    assert.deepEqual([...new Set(await keys(100))], [2]);
    assert.equal(at.fetches, 2);
  });

  it('are read again after a moment when they do not expire', async () => {
    const { at, keys } = stage(null);
    assert.deepEqual([...(await keys(100)), ...(await keys())], Array(101).fill(1));
    at.now = MINUTE;
    assert.deepEqual(await keys(), [2]);
  });

  it('are used for half of their life when it is short', async () => {
    const { at, keys } = stage(MINUTE);
    await keys();
    at.now = 0.4 * MINUTE;
    assert.deepEqual(await keys(), [1]);
    at.now = 0.6 * MINUTE;
    assert.deepEqual(await keys(), [2]);
  });

  it('are used while they are valid when their renewal fails, which is tried now and then', async () => {
    const { at, keys } = stage(60 * MINUTE);
    await keys();
    at.fails = true;
    at.now = 56 * MINUTE;
    assert.deepEqual([...(await keys(10)), ...(await keys())], Array(11).fill(1));
    assert.equal(at.fetches, 2);
    at.now = 57 * MINUTE;
    assert.deepEqual(await keys(), [1]);
    assert.equal(at.fetches, 3);
    at.now = 60 * MINUTE;
    await assert.rejects(keys(), /the issuer is down/);
    at.fails = false;
    assert.deepEqual(await keys(), [5]);
  });

  it('are fetched anew after a fetch that failed', async () => {
    const { at, keys } = stage(null);
    at.fails = true;
    await assert.rejects(keys(5), /the issuer is down/);
    at.fails = false;
    assert.deepEqual(await keys(), [2]);
  });
});

describe('the credentials of a cloud', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-credentials-'));
  let restore: () => void = () => undefined;
  afterEach(() => restore());
  after(() => rmSync(folder, { recursive: true }));

  it('are fetched by one program of an AWS profile for many calls', async () => {
    const log = join(folder, 'log');
    const config = join(folder, 'config');
    const program = join(folder, 'program.sh');
    const expiry = new Date(Date.now() + 20 * MINUTE).toISOString();
    const said = JSON.stringify({ Version: 1, AccessKeyId: 'a', SecretAccessKey: 'b', Expiration: expiry });
    writeFileSync(log, '');
    writeFileSync(program, `echo started >>${shellQuote(log)}\nsleep 0.2\necho ${shellQuote(said)}\n`);
    writeFileSync(config, `[profile team]\nregion = eu-west-1\ncredential_process = sh "${program}"\n`);
    restore = setEnvironment({
      ...{ LEADWRIGHT_PROVIDER: 'bedrock', AWS_PROFILE: 'team', AWS_CONFIG_FILE: config },
      ...{ AWS_REGION: 'eu-west-1', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
      ...{ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined },
      ...{ AWS_BEARER_TOKEN_BEDROCK: undefined, AWS_EC2_METADATA_DISABLED: 'true' },
    });
    const endpoint = endpointOf(process.env);
    await times(20, () => checkCredentials(endpoint));
    await times(20, () => checkCredentials(endpoint));
    assert.equal(readFileSync(log, 'utf8'), 'started\n');
  });

  it('are one token of Google for many calls, which go on with it when its renewal fails', async () => {
    const seen = { tokens: 0, down: false };
    const tokens = () => seen.tokens;
    const issuer = createServer((_, response) => {
      seen.tokens += 1;
      if (seen.down) return void response.writeHead(503).end();
      const issued = 'urn:ietf:params:oauth:token-type:access_token';
      // Within the time before its expiry in which it is renewed.
      const token = {
        access_token: 'ya29.a',
        issued_token_type: issued,
        token_type: 'Bearer',
        expires_in: 200,
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
    });
    const url = await listenOnLoopback(issuer);
    const subject = join(folder, 'subject');
    const file = join(folder, 'google.json');
    writeFileSync(subject, 'a.subject.token');
    writeFileSync(file, JSON.stringify(federatedCredentials(url, subject)));
    restore = setEnvironment({
      ...{ LEADWRIGHT_PROVIDER: 'vertex', CLOUD_ML_REGION: 'global', METADATA_SERVER_DETECTION: 'none' },
      ...{ ANTHROPIC_VERTEX_PROJECT_ID: 'shared', GOOGLE_CLOUD_PROJECT: 'shared' },
      GOOGLE_APPLICATION_CREDENTIALS: file,
    });
    try {
      const endpoint = endpointOf(process.env);
      await times(20, () => checkCredentials(endpoint));
      assert.equal(tokens(), 1);
      seen.down = true;
      await times(20, () => checkCredentials(endpoint));
      assert.ok(tokens() > 1, 'its renewal was tried');
    } finally {
      issuer.close();
      issuer.closeAllConnections();
    }
  });
});
