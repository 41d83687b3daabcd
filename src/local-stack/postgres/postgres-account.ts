import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { plainEnvironment, runTool, systemTool } from '../process/run-tool.js';
import type { CommandWrapper } from '../process/tether.js';

/** Who PostgreSQL runs as. */
export interface PostgresAccount {
  /** Who owns its data; undefined: whoever runs the host. */
  readonly owner: AccountIds | undefined;
  /** As whom to spawn its programs; undefined: as ourselves, `wrap` changing the account. */
  readonly spawnAs: AccountIds | undefined;
  readonly wrap: CommandWrapper;
}

export interface AccountIds {
  readonly uid: number;
  readonly gid: number;
}

const AS_OURSELVES: PostgresAccount = { owner: undefined, spawnAs: undefined, wrap: (command) => command };

/**
 * PostgreSQL refuses to run as root. So root runs it as another account: that which owns the data already, else
 * `postgres`, else `nobody`; no account is made. Such an account often cannot reach the home or this package
 * (below /root, or in a folder for root only). Then it is given the one capability that lets it pass through
 * folders (`setpriv`, Linux), so that the data stays in the home and no folder's mode changes. Throws an
 * EnvironmentError where that cannot be had.
 *
 * `folders` are those it must reach; `dataOwner` is the uid and gid of existing data.
 */
export async function choosePostgresAccount(
  folders: readonly string[],
  dataOwner: AccountIds | undefined,
  env: Environment,
): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return AS_OURSELVES;
  const ids = dataOwner ?? (await findAccount());
  const blocked = await findBlockedFolder(folders, ids);
  if (blocked === undefined) return { owner: ids, spawnAs: ids, wrap: (command) => command };
  const prefix = capabilityPrefix(ids, await effectiveCapabilities());
  const tried = await runTool({
    command: prefix[0],
    args: [...prefix.slice(1), 'test', '-x', blocked],
    env: plainEnvironment(env),
    // A process that only starts another: what takes longer hangs.
    timeoutMs: 5_000,
  });
  if (tried.succeeded) return { owner: ids, spawnAs: undefined, wrap: (command) => [...prefix, ...command] };
  throw new EnvironmentError(
    `PostgreSQL does not run as root, and the account it runs as (uid ${ids.uid}) cannot enter ${blocked}.`,
    `Let others enter it (chmod o+x ${blocked}), keep LEADWRIGHT_HOME and this package elsewhere, run as an ordinary user, or set DATABASE_URL.`,
  );
}

async function findAccount(): Promise<AccountIds> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EnvironmentError(
    'PostgreSQL does not run as root, and there is neither an account `postgres` nor `nobody`.',
    'Run as an ordinary user, add such an account, or set DATABASE_URL.',
  );
}

/** The outermost folder on the way to one of `folders` that the account may not enter, by its mode. */
async function findBlockedFolder(folders: readonly string[], ids: AccountIds): Promise<string | undefined> {
  for (const folder of folders) {
    for (const step of withAncestors(folder)) {
      const { mode, uid, gid } = await stat(step);
      const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return step;
    }
  }
  return undefined;
}

function withAncestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...withAncestors(parent), folder];
}

const DAC_READ_SEARCH = 2n;

async function effectiveCapabilities(): Promise<bigint> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

/**
 * Runs a command as the account, with one capability over it. `no_setuid_fixup` makes access(2), by which
 * PostgreSQL checks its own programs, count that capability.
 */
function capabilityPrefix(ids: AccountIds, effective: bigint): readonly [string, ...string[]] {
  // Reading and passing through is all it needs; containers often keep that from root and leave only the wider one.
  const capability = ((effective >> DAC_READ_SEARCH) & 1n) === 1n ? 'dac_read_search' : 'dac_override';
  return [
    systemTool('setpriv'),
    ...['--reuid', String(ids.uid), '--regid', String(ids.gid), '--clear-groups'],
    ...['--securebits', '+no_setuid_fixup', '--no-new-privs'],
    ...['--inh-caps', `-all,+${capability}`, '--ambient-caps', `-all,+${capability}`],
    ...['--bounding-set', `-all,+${capability}`],
  ];
}
