import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClientConfig, loadClientConfigProfile, loadClientConnectConfig } from '@temporalio/envconfig';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/shared/files/package-root.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

const serviceSchema = z.object({
  image: z.string(),
  build: z.looseObject({ context: z.string() }).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.union([z.string(), z.object({ source: z.string() }).loose()])).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.enum(['unless-stopped', 'on-failure:5']),
  healthcheck: z
    .union([z.object({ disable: z.literal(true) }), z.looseObject({ test: z.array(z.string()) })])
    .optional(),
  deploy: z.object({
    resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }),
  }),
  security_opt: z.array(z.string()),
  networks: z.array(z.string()),
});
type Service = z.infer<typeof serviceSchema>;

const composeText = read('docker-compose.yml');
const composeValue: unknown = parse(composeText, { merge: true });
const services = Object.entries(
  z.looseObject({ services: z.record(z.string(), serviceSchema) }).parse(composeValue).services,
);
const isOneShot = (service: Service) => service.restart === 'on-failure:5';
const isOurs = (service: Service) => service.build !== undefined;

const SECRET = /PASSWORD|PWD|TOKEN|SECRET|API_KEY|DATABASE_URL/;
/** A value for each variable that the file requires. The repositories' folder must be a path. */
const required = Object.fromEntries(
  [...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => [
    name ?? '',
    name === 'LEADWRIGHT_REPOSITORIES' ? '/srv/repositories' : 'f00d',
  ]),
);

/** `docker-compose` as Debian packages it, or Docker's plugin; null where there is neither. */
function composeCommand(): readonly [string, ...string[]] | null {
  for (const [command, ...first] of [['docker-compose'], ['docker', 'compose']] as const) {
    if (spawnSync(command, [...first, 'version'], { stdio: 'ignore' }).status === 0)
      return [command, ...first];
  }
  return null;
}

/** Whether Compose accepts the file with only these variables set, and its output. */
function composeConfig(
  [command, ...first]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-compose-'));
  try {
    // Otherwise Compose reads `.env` and the COMPOSE_* variables of the person who runs the tests.
    const noSettings = join(folder, 'env');
    writeFileSync(noSettings, '');
    const file = join(packageRoot, 'docker-compose.yml');
    const { status, stderr } = spawnSync(
      command,
      [...first, '--file', file, '--env-file', noSettings, 'config'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder, ...variables } },
    );
    return { accepted: status === 0, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('docker-compose.yml', () => {
  it('is valid, and refused without the variables that it requires', function () {
    const compose = composeCommand();
    if (compose === null) {
      assert.notEqual(process.env['CI'], 'true', 'neither docker-compose nor `docker compose` is installed');
      this.skip();
    }
    const whole = composeConfig(compose, required);
    assert.ok(whole.accepted, whole.stderr);
    const { accepted, stderr } = composeConfig(compose, {});
    assert.ok(!accepted && stderr.includes('set it to'), stderr);
  });

  it('publishes on the loopback interface only', () => {
    for (const [name, { ports }] of services) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
    }
  });

  it('takes every secret from the environment, without defaults', () => {
    assert.deepEqual(Object.keys(required).sort(), [
      'LEADWRIGHT_REPOSITORIES',
      'LEADWRIGHT_TOKEN',
      'POSTGRES_PASSWORD',
      'TEMPORAL_POSTGRES_PASSWORD',
    ]);
    for (const [name, { environment }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (SECRET.test(variable) && value !== null)
          assert.match(value, /\$\{\w+:\?[^}]+\}/, `${name} ${variable}`);
      }
    }
  });

  it('passes the keys that encrypt payloads to all of Leadwright, and those of webhooks to who sends them', () => {
    const having = (variable: string) =>
      services.filter(([, { environment }]) => variable in environment).map(([name]) => name);
    assert.deepEqual(having('LEADWRIGHT_ENCRYPTION_KEYS'), [
      'notifier',
      'worker',
      'worker-sandbox',
      'client',
    ]);
    assert.deepEqual(having('LEADWRIGHT_WEBHOOK_SECRET'), ['worker', 'client']);
  });

  it('gives the model key to no service that runs tests', () => {
    const withKey = services.filter(([, { environment }]) => 'ANTHROPIC_API_KEY' in environment);
    assert.deepEqual(
      withKey.map(([name]) => name),
      ['worker', 'client'],
    );
  });

  it('pins every image, Leadwright’s at the version of the package', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
    for (const [name, service] of services) {
      assert.match(service.image, /^[a-z][a-z/-]*:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/, name);
      if (isOurs(service)) assert.equal(service.image, `leadwright:${version}`, name);
    }
  });

  it('gives no container access to the host', () => {
    assert.doesNotMatch(
      composeText,
      /privileged|docker\.sock|cap_add|devices:|network_mode|pid:|ipc:|userns_mode/,
    );
    for (const [name, service] of services) {
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    }
  });

  it('runs commands that exist', () => {
    const queues = services.flatMap(([name, service]) => {
      if (!isOurs(service) || service.entrypoint !== undefined) return [];
      const [command, ...options] = service.command ?? [];
      assert.ok(command === 'notifier' || command === 'worker', name);
      return command === 'worker' ? (options[1] ?? '').split(',') : [];
    });
    assert.deepEqual(queues.sort(), ['model', 'sandbox', 'workflow']);
    for (const [name, { entrypoint = [] }] of services) {
      const script = entrypoint.find((word) => word.startsWith('/temporal-config/'));
      if (script !== undefined) assert.ok(existsSync(join(packageRoot, script)), `${name}: ${script}`);
    }
  });

  it('waits for health checks wherever a service has one', () => {
    const byName = new Map(services);
    for (const [name, { depends_on: dependencies }] of services) {
      for (const [other, { condition }] of Object.entries(dependencies)) {
        const service = byName.get(other);
        assert.ok(service !== undefined, `${name} waits for ${other}`);
        const expected = isOneShot(service) ? 'service_completed_successfully' : 'service_healthy';
        assert.equal(condition, expected, `${name} waits for ${other}`);
        // Leadwright's own services may use the health check of their image.
        assert.ok(isOneShot(service) || service.healthcheck !== undefined || isOurs(service), other);
      }
    }
  });

  it('checks a worker’s connection on the port of Temporal', () => {
    const port = (7233).toString(16).toUpperCase();
    for (const name of ['worker', 'worker-sandbox']) {
      const service = new Map(services).get(name);
      assert.equal(service?.environment['TEMPORAL_ADDRESS'], 'temporal:7233');
      assert.ok(service.healthcheck !== undefined && 'test' in service.healthcheck);
      assert.ok(service.healthcheck.test.includes(`:${port} 01 `));
    }
  });
});

describe('the image', () => {
  const instructions = read('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '');
  const of = (word: string) => instructions.filter((line) => line.startsWith(`${word} `));

  it('runs Leadwright as a user who is not root', () => {
    const users = of('USER');
    assert.deepEqual(users, ['USER leadwright']);
    const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
    assert.ok(lastStage.includes('USER leadwright'));
    assert.deepEqual(of('ENTRYPOINT'), ['ENTRYPOINT ["node", "/app/bin/leadwright.js"]']);
    assert.equal(of('HEALTHCHECK').length, 1);
  });

  it('starts each stage from one pinned image', () => {
    assert.match(of('ARG')[0] ?? '', /^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    for (const from of of('FROM')) assert.match(from, /^FROM \$\{NODE_IMAGE\} AS \w+$/);
  });

  it('installs what the lock file says, without running scripts of packages', () => {
    assert.ok(of('RUN').some((line) => line.includes('npm ci --omit=dev --ignore-scripts')));
  });

  it('excludes secrets, history and build output', () => {
    const ignored = new Set(read('.dockerignore').split('\n'));
    for (const path of ['.env', '.git', '**/node_modules', 'dist']) assert.ok(ignored.has(path), path);
  });
});

describe('temporal-config', () => {
  it('has a dynamic configuration that the server can read', () => {
    const shape = z.record(
      z.string().regex(/^(limit|history|frontend|matching|system|worker)\.[A-Za-z.]+$/),
      z.array(
        z.strictObject({ value: z.union([z.number(), z.boolean(), z.string()]), constraints: z.object({}) }),
      ),
    );
    // The parser refuses duplicate keys.
    assert.ok(Object.keys(shape.parse(parse(read('temporal-config/dynamicconfig.yaml')))).length > 0);
  });

  const file = { path: join(packageRoot, 'temporal-config', 'temporal.toml') };
  const load = (profile: string, overrideEnvVars: Record<string, string> = {}) => ({
    configSource: file,
    configFileStrict: true,
    profile,
    overrideEnvVars,
  });

  it('has profiles that Temporal’s own reader accepts, without secrets', () => {
    const { profiles } = loadClientConfig({
      configSource: file,
      configFileStrict: true,
      overrideEnvVars: {},
    });
    const names = Object.keys(profiles);
    assert.deepEqual(names.sort(), ['cloud', 'cloud-mtls', 'compose', 'compose-internal', 'default']);
    for (const name of names) {
      const profile = loadClientConfigProfile(load(name));
      assert.match(profile.address ?? '', /^[a-z0-9.-]+:\d+$/, name);
      assert.notEqual(profile.namespace ?? '', '', name);
      assert.equal(profile.apiKey, undefined, name);
      assert.ok(profile.tls?.clientKey === undefined || 'path' in profile.tls.clientKey, name);
    }
  });

  it('uses the namespace that the compose job registers', () => {
    const { environment = {} } = new Map(services).get('temporal-namespace') ?? {};
    for (const name of ['compose', 'compose-internal']) {
      const { namespace, connectionOptions } = loadClientConnectConfig(load(name));
      assert.equal(namespace, environment['TEMPORAL_NAMESPACE']);
      assert.equal(connectionOptions.tls, undefined);
    }
    assert.equal(loadClientConfigProfile(load('compose-internal')).address, environment['TEMPORAL_ADDRESS']);
  });

  it('connects to Temporal Cloud by TLS, with the key from the environment', () => {
    const { connectionOptions } = loadClientConnectConfig(
      load('cloud', { TEMPORAL_API_KEY: 'from-the-environment' }),
    );
    assert.equal(connectionOptions.apiKey, 'from-the-environment');
    assert.equal(typeof connectionOptions.tls, 'object');
    assert.notEqual(loadClientConfigProfile(load('cloud-mtls')).tls?.clientCert, undefined);
  });

  it('has POSIX shell scripts that register the four search attributes as keywords', () => {
    for (const name of readdirSync(join(packageRoot, 'temporal-config'))) {
      if (!name.endsWith('.sh')) continue;
      const checked = spawnSync('sh', ['-n', join(packageRoot, 'temporal-config', name)], {
        encoding: 'utf8',
      });
      assert.equal(checked.status, 0, checked.stderr);
    }
    const script = read('temporal-config/search-attributes.sh');
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [
      name,
      type,
    ]);
    assert.deepEqual(registered, [
      ['LeadwrightRun', 'Keyword'],
      ['LeadwrightTask', 'Keyword'],
      ['LeadwrightRole', 'Keyword'],
      ['LeadwrightStatus', 'Keyword'],
    ]);
  });
});
