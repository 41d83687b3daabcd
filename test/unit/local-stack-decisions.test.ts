import assert from 'node:assert/strict';
import { decideLife, endsForSilence } from '../../src/local-stack/host/decide-life.js';
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

describe('the lifetime of the stack', () => {
  it('lasts while a command holds the stack', () => {
    assert.equal(decideLife({ held: true, workerRuns: false, openWork: false }), 'stay');
  });
  it('lasts while there is open work, even if no command holds the stack', () => {
    assert.equal(decideLife({ held: false, workerRuns: true, openWork: 'unknown' }), 'ask');
    assert.equal(decideLife({ held: false, workerRuns: true, openWork: true }), 'stay');
    assert.equal(decideLife({ held: false, workerRuns: true, openWork: false }), 'end');
  });
  it('ends with a database that is away, unless a run may be open', () => {
    assert.ok(endsForSilence(15, false));
    assert.ok(!endsForSilence(14, false));
    assert.ok(!endsForSilence(100_000, true));
    assert.ok(!endsForSilence(100_000, 'unknown'));
  });
  it('ends if there is open work but no worker', () => {
    assert.equal(decideLife({ held: false, workerRuns: false, openWork: true }), 'end');
  });
});

describe('the worker for a command', () => {
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

  it('is started if none runs', () => {
    assert.equal(decideWorker({ ...question, running: undefined }), 'start');
  });
  it('is shared if the settings are equal', () => {
    assert.equal(decideWorker(question), 'use');
  });
  it('may have any settings for the scripted model', () => {
    assert.equal(decideWorker({ ...question, need: 'scripted', running: two }), 'use');
  });
  it('may have any settings for a pause or a cancellation', () => {
    const requested = workerSettings({ LEADWRIGHT_SANDBOX: 'require', LEADWRIGHT_WEBHOOK_SECRET: 's' });
    assert.equal(decideWorker({ ...question, need: 'any', requested }), 'use');
    assert.equal(decideWorker({ ...question, need: 'any', requested, running: undefined }), 'start');
  });
  it('is refused if its settings differ while a run is open or another command needs them', () => {
    assert.equal(decideWorker({ ...question, running: two }), 'refuse');
    assert.equal(decideWorker({ ...question, running: two, openWork: false }), 'refuse');
    assert.equal(decideWorker({ ...question, running: keyless }), 'refuse');
  });
  it('is replaced if nothing needs the old settings', () => {
    assert.equal(decideWorker({ ...question, running: keyless, openWork: false }), 'replace');
    assert.equal(
      decideWorker({ ...question, running: two, openWork: false, usedByOthers: false }),
      'replace',
    );
  });
  it('is refused if it has another webhook secret than the command', () => {
    const signing = workerSettings({ ANTHROPIC_API_KEY: 'one', LEADWRIGHT_WEBHOOK_SECRET: 's' });
    assert.equal(decideWorker({ ...question, requested: signing }), 'refuse');
    assert.equal(decideWorker({ ...question, need: 'scripted', requested: signing }), 'refuse');
    assert.equal(decideWorker({ ...question, requested: signing, running: signing }), 'use');
    assert.equal(decideWorker({ ...question, running: signing }), 'use');
    assert.ok(!JSON.stringify(signing).includes('"s"'));
  });
  it('is refused if it has another sandbox setting than the command', () => {
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
  it('is the running one for the dashboard, if it can continue', () => {
    assert.equal(decidePresentWorker(false, undefined), 'nobody');
    assert.equal(decidePresentWorker(true, undefined), 'start');
    assert.equal(decidePresentWorker(false, keyless), 'modelless');
    assert.equal(decidePresentWorker(true, keyless), 'use');
    assert.equal(decidePresentWorker(false, one), 'use');
    const local = workerSettings({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' });
    assert.equal(decidePresentWorker(false, local), 'use');
  });
  it('is identified by key, address and model; empty values count as unset', () => {
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
  it('receives the model secrets, and the host does not', () => {
    const kept = withoutModelSecrets({ PATH: '/bin', ANTHROPIC_API_KEY: 'k', ANTHROPIC_AUTH_TOKEN: 't' });
    assert.deepEqual(kept, { PATH: '/bin' });
  });
});

describe('the restart of a failed service', () => {
  /** The pauses in ms before the restarts of a service that fails each time after `readyForMs`. */
  function pauses(readyForMs: readonly (number | null)[]): readonly (number | 'give-up')[] {
    let history: RestartHistory = NO_DEATHS;
    return readyForMs.map((lived) => {
      const decision = decideRestart(history, lived);
      if (decision.type === 'give-up') return 'give-up';
      history = decision.history;
      return decision.afterMs;
    });
  }

  it('waits longer each time, and gives up if the service never becomes ready', () => {
    assert.deepEqual(pauses([null, null, 10, null, null, null]), [
      ...[200, 400, 800, 1_600, 3_200],
      'give-up',
    ]);
  });
  it('never gives up on a service that becomes ready and is killed', () => {
    assert.deepEqual(pauses(Array.from({ length: 7 }, () => 10_000)), [
      ...[200, 400, 800, 1_600, 3_200, 5_000, 5_000],
    ]);
  });
  it('forgets failures after a minute of health', () => {
    assert.deepEqual(pauses([null, null, 60_000, null]), [200, 400, 200, 400]);
  });
});

describe('versions', () => {
  it('parses the output of `temporal --version`', () => {
    assert.deepEqual(parseVersions('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n'), {
      cliVersion: '1.9.1',
      serverVersion: '1.32.0',
    });
    assert.equal(parseVersions('Temporal data type compiler 3.1'), undefined);
  });
  it('compares versions', () => {
    assert.ok(isNewer('1.32.0', '1.9.5'));
    assert.ok(isNewer('2.0.0', '1.99.99'));
    assert.ok(!isNewer('1.32.0', '1.32.0'));
    assert.ok(!isNewer('1.31.9', '1.32.0'));
    assert.ok(!isNewer('', '1.32.0'));
  });
});
