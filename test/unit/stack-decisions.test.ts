import assert from 'node:assert/strict';
import { decideLife } from '../../src/local-stack/host/decide-life.js';
import {
  decidePresentWorker,
  decideWorker,
  workerSettings,
  withoutModelSecrets,
} from '../../src/local-stack/worker-settings.js';
import {
  decideRestart,
  NO_DEATHS,
  type RestartHistory,
} from '../../src/local-stack/process/restart-policy.js';
import { parseVersions } from '../../src/local-stack/temporal/temporal-binary.js';
import { isNewer } from '../../src/local-stack/temporal/temporal-service.js';

describe('how long the stack goes on', () => {
  it('stays while it is held', () => {
    assert.equal(decideLife({ holders: 1, workerRuns: false, openWork: false }), 'stay');
  });
  it('looks for open work when nobody holds it, and stays for it', () => {
    assert.equal(decideLife({ holders: 0, workerRuns: true, openWork: 'unknown' }), 'ask');
    assert.equal(decideLife({ holders: 0, workerRuns: true, openWork: true }), 'stay');
    assert.equal(decideLife({ holders: 0, workerRuns: true, openWork: false }), 'end');
  });
  it('does not stay for work that no worker does', () => {
    assert.equal(decideLife({ holders: 0, workerRuns: false, openWork: true }), 'end');
  });
});

describe('which worker a command gets', () => {
  const one = workerSettings({ ANTHROPIC_API_KEY: 'one' });
  const two = workerSettings({ ANTHROPIC_API_KEY: 'two' });
  const keyless = workerSettings({});
  const question = {
    need: 'model',
    requested: one,
    running: one,
    usedByOthers: true,
    openWork: true,
  } as const;

  it('starts the first', () => {
    assert.equal(decideWorker({ ...question, running: undefined }), 'start');
  });
  it('shares one with the same settings', () => {
    assert.equal(decideWorker(question), 'use');
  });
  it('opens every worker to the scripted model', () => {
    assert.equal(decideWorker({ ...question, need: 'scripted', running: two }), 'use');
  });
  it('is any one for whoever pauses or cancels', () => {
    const requested = workerSettings({ LEADWRIGHT_SANDBOX: 'require', LEADWRIGHT_WEBHOOK_SECRET: 's' });
    assert.equal(decideWorker({ ...question, need: 'any', requested }), 'use');
    assert.equal(decideWorker({ ...question, need: 'any', requested, running: undefined }), 'start');
  });
  it('refuses other settings while a run is open or another command counts on them', () => {
    assert.equal(decideWorker({ ...question, running: two }), 'refuse');
    assert.equal(decideWorker({ ...question, running: two, openWork: false }), 'refuse');
    assert.equal(decideWorker({ ...question, running: keyless }), 'refuse');
  });
  it('replaces one that nobody would miss', () => {
    assert.equal(decideWorker({ ...question, running: keyless, openWork: false }), 'replace');
    assert.equal(
      decideWorker({ ...question, running: two, openWork: false, usedByOthers: false }),
      'replace',
    );
  });
  it('is none that would sign another way, for whoever says how', () => {
    const signing = workerSettings({ ANTHROPIC_API_KEY: 'one', LEADWRIGHT_WEBHOOK_SECRET: 's' });
    assert.equal(decideWorker({ ...question, requested: signing }), 'refuse');
    assert.equal(decideWorker({ ...question, need: 'scripted', requested: signing }), 'refuse');
    assert.equal(decideWorker({ ...question, requested: signing, running: signing }), 'use');
    assert.equal(decideWorker({ ...question, running: signing }), 'use');
    assert.ok(!JSON.stringify(signing).includes('"s"'));
  });
  it('is none that runs tests elsewhere, for whoever says where', () => {
    const required = workerSettings({ ANTHROPIC_API_KEY: 'one', LEADWRIGHT_SANDBOX: 'require' });
    const off = workerSettings({ ANTHROPIC_API_KEY: 'one', LEADWRIGHT_SANDBOX: 'off' });
    assert.equal(decideWorker({ ...question, requested: required, running: off }), 'refuse');
    assert.equal(decideWorker({ ...question, need: 'scripted', requested: required }), 'refuse');
    assert.equal(decideWorker({ ...question, requested: required, running: required }), 'use');
    assert.equal(decideWorker({ ...question, running: required }), 'use');
    assert.equal(
      decideWorker({ ...question, requested: required, openWork: false, usedByOthers: false }),
      'replace',
    );
  });
  it('is the one that runs, for a page, where it can go on', () => {
    assert.equal(decidePresentWorker(false, undefined), 'nobody');
    assert.equal(decidePresentWorker(true, undefined), 'start');
    assert.equal(decidePresentWorker(false, keyless), 'modelless');
    assert.equal(decidePresentWorker(true, keyless), 'use');
    assert.equal(decidePresentWorker(false, one), 'use');
    const local = workerSettings({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' });
    assert.equal(decidePresentWorker(false, local), 'use');
  });
  it('tells settings apart by key, address and model, an empty one being none', () => {
    const settings = [
      {},
      { ANTHROPIC_API_KEY: 'k' },
      { ANTHROPIC_BASE_URL: 'k' },
      { LEADWRIGHT_MODEL: 'k' },
      { ANTHROPIC_API_KEY: 'k', LEADWRIGHT_MODEL: 'k' },
    ].map((env) => workerSettings(env).fingerprint);
    assert.equal(new Set(settings).size, settings.length);
    assert.deepEqual(workerSettings({ ANTHROPIC_API_KEY: '' }), keyless);
    assert.ok(!one.fingerprint.includes('one'));
  });
  it('keeps model secrets from the host', () => {
    const kept = withoutModelSecrets({ PATH: '/bin', ANTHROPIC_API_KEY: 'k', ANTHROPIC_AUTH_TOKEN: 't' });
    assert.deepEqual(kept, { PATH: '/bin' });
  });
});

describe('starting a dead service again', () => {
  /** The pauses in ms that a service gets which dies each time after `readyForMs`. */
  function pauses(readyForMs: readonly (number | null)[]): readonly (number | 'give-up')[] {
    let history: RestartHistory = NO_DEATHS;
    return readyForMs.map((lived) => {
      const decision = decideRestart(history, lived);
      if (decision.type === 'give-up') return 'give-up';
      history = decision.history;
      return decision.afterMs;
    });
  }

  it('waits longer each time, and gives up on one that never comes up', () => {
    assert.deepEqual(pauses([null, null, 10, null, null, null]), [
      ...[200, 400, 800, 1_600, 3_200],
      'give-up',
    ]);
  });
  it('never gives up on one that comes up and is killed', () => {
    assert.deepEqual(pauses(Array.from({ length: 7 }, () => 10_000)), [
      ...[200, 400, 800, 1_600, 3_200, 5_000, 5_000],
    ]);
  });
  it('forgets deaths after a minute of health', () => {
    assert.deepEqual(pauses([null, null, 60_000, null]), [200, 400, 200, 400]);
  });
});

describe('versions', () => {
  it('reads what `temporal --version` prints', () => {
    assert.deepEqual(parseVersions('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n'), {
      cliVersion: '1.9.1',
      serverVersion: '1.32.0',
    });
    assert.equal(parseVersions('Temporal data type compiler 3.1'), undefined);
  });
  it('knows which is newer', () => {
    assert.ok(isNewer('1.32.0', '1.9.5'));
    assert.ok(isNewer('2.0.0', '1.99.99'));
    assert.ok(!isNewer('1.32.0', '1.32.0'));
    assert.ok(!isNewer('1.31.9', '1.32.0'));
    assert.ok(!isNewer('', '1.32.0'));
  });
});
