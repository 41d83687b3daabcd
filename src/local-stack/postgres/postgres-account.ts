import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { plainEnvironment, runTool, systemTool } from '../process/run-tool.js';
import type { CommandWrapper } from '../process/parent-watch.js';

/** The account that PostgreSQL runs as. */
export interface PostgresAccount {
  /** The owner of its data; undefined when that is the account of the host. */
  readonly owner: AccountIds | undefined;
  /** The account to spawn its programs with; undefined: the host's own, and `wrap` changes it. */
  readonly spawnAs: AccountIds | undefined;
  readonly wrap: CommandWrapper;
}

export interface AccountIds {
  readonly uid: number;
  readonly gid: number;
}

const AS_OURSELVES: PostgresAccount = { owner: undefined, spawnAs: undefined, wrap: (command) => command };

/**
 * Chooses the account for PostgreSQL, which refuses to run as root. Root runs it as the owner of the existing data, unless
 * that is root, else as `postgres`, else as `nobody`; no account is created. Such an account often cannot reach the home or this package
 * (below /root, or in a folder for root only). It then gets the one capability that lets it pass through folders
 * (`setpriv`, Linux), so that the data stays in the home and no folder's mode changes.
 * @param folders the folders that the account must reach
 * @param dataOwner the owner of existing data
 * @throws EnvironmentError when no account can reach the folders
 */
export async function choosePostgresAccount(
  folders: readonly string[],
  dataOwner: AccountIds | undefined,
  env: Environment,
): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return AS_OURSELVES;
  const ids = dataOwner === undefined || dataOwner.uid === 0 ? await findAccount() : dataOwner;
  const blocked = await findBlockedFolder(folders, ids);
  if (blocked === undefined) return { owner: ids, spawnAs: ids, wrap: (command) => command };
  const prefix = capabilityPrefix(ids, await effectiveCapabilities());
  const tried = await runTool({
    command: prefix[0],
    args: [...prefix.slice(1), 'test', '-x', blocked],
    env: plainEnvironment(env),
    // `setpriv` only starts another program. It hangs when it takes longer.
    timeoutMs: 5_000,
  });
  if (tried.succeeded) return { owner: ids, spawnAs: undefined, wrap: (command) => [...prefix, ...command] };
  throw new EnvironmentError(
    `PostgreSQL does not run as root, and the account it runs as (uid ${ids.uid}) cannot enter ${blocked}.`,
    'Run Leadwright as an ordinary user, install setpriv (of util-linux), or set DATABASE_URL.',
  );
}

async function findAccount(): Promise<AccountIds> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EnvironmentError(
    'PostgreSQL does not run as root, and there is no account `postgres` or `nobody`.',
    'Run Leadwright as an ordinary user, add one of these accounts, or set DATABASE_URL.',
  );
}

/** The first folder on the path to one of `folders` that the account may not enter, by its mode. */
async function findBlockedFolder(folders: readonly string[], ids: AccountIds): Promise<string | undefined> {
  for (const folder of folders) {
    for (const part of withAncestors(folder)) {
      const { mode, uid, gid } = await stat(part);
      const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return part;
    }
  }
  return undefined;
}

function withAncestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...withAncestors(parent), folder];
}

/** Number of the capability CAP_DAC_READ_SEARCH (capabilities(7)). */
const DAC_READ_SEARCH = 2n;

async function effectiveCapabilities(): Promise<bigint> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

/**
 * The prefix that runs a command as the account with one more capability. `no_setuid_fixup` makes access(2), by which
 * PostgreSQL checks its own programs, take that capability into account.
 */
function capabilityPrefix(ids: AccountIds, effective: bigint): readonly [string, ...string[]] {
  // Reading and passing through is all it needs. Root in a container often has only the wider capability.
  const capability = ((effective >> DAC_READ_SEARCH) & 1n) === 1n ? 'dac_read_search' : 'dac_override';
  return [
    systemTool('setpriv'),
    ...['--reuid', String(ids.uid), '--regid', String(ids.gid), '--clear-groups'],
    ...['--securebits', '+no_setuid_fixup', '--no-new-privs'],
    ...['--inh-caps', `-all,+${capability}`, '--ambient-caps', `-all,+${capability}`],
    ...['--bounding-set', `-all,+${capability}`],
  ];
}
