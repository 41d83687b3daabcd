import { mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { readEncryptionKeys } from '../../encryption/keys.js';
import { checkGitVersion } from '../../git/process/git-process.js';
import { clientFor } from '../../model/client.js';
import {
  addressOf,
  credentialsOf,
  endpointOf,
  endpointProblem,
  hostOf,
  type CloudEndpoint,
  type MessagesEndpoint,
} from '../../model/endpoint.js';
import { DEFAULT_MODEL, modelIdAt } from '../../model/known-models.js';
import { providerFacts } from '../../model/providers.js';
import { credentialProblem } from '../start/check-model.js';
import { listenAddress } from '../../shared/network/listen-address.js';
import { makeFolder } from '../../shared/files/make-folder.js';
import { chosenToken } from '../../shared/network/token.js';
import { readTemporalMetrics } from '../../worker/telemetry.js';
import { chooseRunner } from '../../sandbox/runners/choose-runner.js';
import { otherBuildWarning } from '../../local-stack/code-build.js';
import { describeStack, type StackDescription } from '../../local-stack/describe-stack.js';
import { usedElsewhere } from '../../local-stack/host/presence-lock.js';
import {
  externalDatabase,
  hasExternalTemporal,
  probeDatabase,
  probeTemporal,
} from '../../local-stack/external-services.js';
import { checkLayout } from '../../local-stack/home-layout.js';
import { explainUnwritable, findShortage } from '../../local-stack/home-space.js';
import { findPostgresBinaries } from '../../local-stack/postgres/postgres-binaries.js';
import { findNetworkNamespace } from '../../local-stack/temporal/network-namespace.js';
import { lookUpTemporalBinary, type TemporalBinary } from '../../local-stack/temporal/temporal-binary.js';
import { verifyTemporalBinary } from '../../local-stack/temporal/temporal-checksum.js';
import { checkListenAddress } from '../../local-stack/listen-check.js';
import { pathsOf } from '../session/session.js';
import { runCheck, SANDBOX, type Finding } from './finding.js';

/** Checks each thing that Leadwright needs. */
export async function checkInstalled(env: Environment): Promise<Finding[]> {
  return Promise.all([
    runCheck('Node', () => nodeVersion()),
    runCheck('git', async () => {
      await checkGitVersion(GIT_MS);
      return 'new enough';
    }),
    home(env),
    runCheck('PostgreSQL', () => postgres(env)),
    temporalServer(env),
    stack(env),
    runCheck('notifier', () => notifier(env)),
    sandbox(env),
    model(env),
  ]);
}

/** `git --version` takes milliseconds; after five seconds it counts as hanging. */
const GIT_MS = 5_000;

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return process.versions.node;
  throw new EnvironmentError(
    `${process.versions.node} is too old`,
    'Install Node 20.19 or newer (https://nodejs.org).',
  );
}

/** Adds what is short on the home's disk: a run whose database cannot write waits, and looks as if it ran. */
async function home(env: Environment): Promise<Finding> {
  const finding = await runCheck('home', () => homeFolderOf(env));
  const shortage = await findShortage(pathsOf(env).home);
  if (finding.state !== 'ok' || shortage === null) return finding;
  const { stops, said, fix } = shortage;
  return { ...finding, state: stops ? 'missing' : 'note', said, fix };
}

async function homeFolderOf(env: Environment): Promise<string> {
  const paths = pathsOf(env);
  await checkLayout(paths);
  const { home: folder } = paths;
  try {
    await makeFolder(folder);
    // The permissions do not say that the disk became read-only.
    await rmdir(await mkdtemp(join(folder, '.doctor-')));
    return folder;
  } catch (error) {
    const { message, fix } = await explainUnwritable(folder, error, {
      message: `${folder} cannot be written: ${messageOf(error)}`,
      fix: 'Set LEADWRIGHT_HOME to a folder that you can write to.',
    });
    throw new EnvironmentError(message, fix);
  }
}

async function postgres(env: Environment): Promise<string> {
  const url = externalDatabase(env);
  if (url !== undefined) {
    await probeDatabase(url);
    return 'the one of DATABASE_URL answers';
  }
  await findPostgresBinaries(pathsOf(env).home);
  return 'embedded';
}

/** Adds a note where the embedded server cannot be kept from the other users of this machine. */
async function temporalServer(env: Environment): Promise<Finding> {
  const finding = await runCheck('Temporal', () => temporal(env));
  if (finding.state !== 'ok' || hasExternalTemporal(env)) return finding;
  const network = await findNetworkNamespace(env);
  if (network.type === 'available') return finding;
  return {
    ...finding,
    state: 'note',
    said: `${finding.said}; without a network namespace of its own, so every user of this machine can reach it: ${network.reason}`,
    fix: network.fix,
  };
}

/** With the settings that the processes which speak to it read: one that is wrong keeps them from starting. */
async function temporal(env: Environment): Promise<string> {
  readEncryptionKeys(env);
  readTemporalMetrics(env);
  if (hasExternalTemporal(env)) {
    const { address, namespace } = await probeTemporal(env);
    return `${address}, namespace ${namespace}`;
  }
  const binary = await lookUpTemporalBinary({ home: pathsOf(env).home, env });
  if (binary === undefined) return 'embedded; the first start downloads its binary and verifies its checksum';
  return `embedded, server ${binary.serverVersion} (${binary.source}: ${binary.path}; ${await checkBinary(binary)})`;
}

/** Verifies the checksum of a binary that Leadwright downloaded; any binary that a person installed is accepted. */
async function checkBinary({ path, source }: TemporalBinary): Promise<string> {
  const verified = await verifyTemporalBinary(path).then(
    () => true,
    () => false,
  );
  if (verified) return 'checksum verified';
  if (source !== 'cache') return 'not downloaded by Leadwright, so not verified';
  throw new EnvironmentError(
    `${path} was changed since it was downloaded: its checksum differs`,
    'Remove it: the next start downloads it again.',
  );
}

/** Adds a note when the stack runs the code of another build. */
async function stack(env: Environment): Promise<Finding> {
  const { home } = pathsOf(env);
  const found = await describeStack(home);
  const finding = await runCheck('stack', () => stateOf(home, found));
  const otherBuild = otherBuildWarning(found);
  return otherBuild === null ? finding : { ...finding, state: 'note', fix: `${otherBuild}.` };
}

function stateOf(home: string, found: StackDescription): string {
  switch (found.state) {
    case 'elsewhere':
      throw usedElsewhere(home, found.hostname);
    case 'stopped':
      return 'not running; a command that needs it starts it';
    case 'left-over':
      return 'its host was killed; the next command cleans up';
    case 'running':
      if (found.services.length === 0) return 'its host runs, and starts or ends its services';
      return `running: ${found.services.map((service) => service.name).join(', ')}${found.notifierUrl === null ? '' : `; dashboard ${found.notifierUrl}/`}`;
  }
}

async function notifier(env: Environment): Promise<string> {
  chosenToken(env);
  const { host, port, fixed } = listenAddress(env);
  if (!fixed) return `${host}:${port}, or a free port when that one is taken`;
  if ((await describeStack(pathsOf(env).home)).state !== 'running') await checkListenAddress(env);
  return `${host}:${port}`;
}

async function sandbox(env: Environment): Promise<Finding> {
  const notes: string[] = [];
  const finding = await runCheck(SANDBOX, async () => {
    const { summary, warning, gaps } = (await chooseRunner(env)).describe();
    notes.push(...(warning === null ? gaps : [warning, ...gaps]));
    return summary;
  });
  return notes.length === 0 ? finding : { ...finding, state: 'note', fix: notes.join(' ') };
}

/** Checks the settings of the provider and, where it can be asked, whether the account has the model. */
async function model(env: Environment): Promise<Finding> {
  try {
    const endpoint = endpointOf(env);
    const name = nonEmpty(env['LEADWRIGHT_MODEL']) ?? DEFAULT_MODEL;
    return await (endpoint.provider === undefined
      ? messagesModel(endpoint, name)
      : cloudModel(endpoint, name));
  } catch (error) {
    const fix = 'Set LEADWRIGHT_PROVIDER to one of these values, or unset it.';
    return { what: 'model', state: 'missing', said: messageOf(error), fix };
  }
}

/** Without a key only the scripted example runs. */
async function messagesModel(endpoint: MessagesEndpoint, name: string): Promise<Finding> {
  const what = 'model';
  const problem = endpointProblem(endpoint);
  if (problem !== null) {
    const { message, fix } = problem;
    return endpoint.baseUrl === undefined && endpoint.apiKey === undefined
      ? { what, state: 'note', said: 'no key: only the scripted example can run', fix }
      : { what, state: 'missing', said: message, fix };
  }
  try {
    await (await clientFor(endpoint)).models.retrieve(name, {}, { timeout: MODELS_MS });
    return { what, state: 'ok', said: `${name} is available at ${placeOf(endpoint)}`, fix: null };
  } catch (error) {
    return modelProblem(endpoint, name, error);
  }
}

/** The address of the Messages API as a person reads it: without the password that it may hold. */
function shownAddress(endpoint: MessagesEndpoint): string {
  if (endpoint.baseUrl === undefined) return hostOf(endpoint);
  const url = new URL(endpoint.baseUrl);
  return `${url.origin}${url.pathname}`.replace(/\/$/, '');
}

/** Where the model is called, and with which credentials. */
function placeOf(endpoint: MessagesEndpoint): string {
  return `${shownAddress(endpoint)}, ${endpoint.apiKey === undefined ? 'without a key' : 'with ANTHROPIC_API_KEY'}`;
}

/** A cloud has no Models API, so only its settings and credentials are checked. */
async function cloudModel(endpoint: CloudEndpoint, name: string): Promise<Finding> {
  const what = 'model';
  const problem = endpointProblem(endpoint) ?? (await credentialProblem(endpoint));
  if (problem !== null) return { what, state: 'missing', said: problem.message, fix: problem.fix };
  const { name: provider } = providerFacts(endpoint.provider);
  return {
    what,
    state: 'ok',
    said: `${modelIdAt(endpoint.provider, name)} on ${provider} (${addressOf(endpoint)}), with ${credentialsOf(endpoint)}; the model itself is not checked`,
    fix: null,
  };
}

/** One small request; a provider that takes longer than ten seconds has a problem. */
const MODELS_MS = 10_000;

function modelProblem(endpoint: MessagesEndpoint, name: string, error: unknown): Finding {
  const what = 'model';
  const place = placeOf(endpoint);
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (status === 401 || status === 403) {
    return {
      what,
      state: 'missing',
      said:
        endpoint.apiKey === undefined
          ? `${shownAddress(endpoint)} wants a key, and ANTHROPIC_API_KEY is not set`
          : `the API key is not accepted by ${shownAddress(endpoint)}`,
      fix: 'Set ANTHROPIC_API_KEY to a valid key.',
    };
  }
  if (status === 404) {
    // A server of one's own needs to serve only POST /v1/messages, so its 404 says nothing about the model.
    return {
      what,
      state: 'note',
      said:
        endpoint.baseUrl === undefined
          ? `${name} is not listed at ${place}`
          : `${name} could not be checked at ${place}: the server lists no such model, or no models at all`,
      fix:
        endpoint.baseUrl === undefined
          ? 'Check LEADWRIGHT_MODEL if runs fail.'
          : 'Check LEADWRIGHT_MODEL and ANTHROPIC_BASE_URL if runs fail. The address ends before /v1/messages.',
    };
  }
  return {
    what,
    state: 'note',
    said: `${name} could not be checked at ${place}: ${messageOf(error)}`,
    fix: null,
  };
}
