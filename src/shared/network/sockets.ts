/**
 * The Unix sockets of a home. They are in one folder that only its owner can enter, so that no other user can connect
 * to one, or listen in its place.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { nonEmpty, type Environment } from '../config.js';
import { EnvironmentError } from '../../contract/errors.js';
import {
  isPrivateFolder,
  isUnchangeable,
  makePrivateFolder,
  privateTemporaryFolder,
} from '../files/private-folder.js';

/**
 * The longest socket path that is used. It must fit into `sun_path`: 108 bytes with the final zero on Linux, 104 on
 * macOS. Some systems cut a longer path off silently.
 */
const MAX_SOCKET_PATH_BYTES = 100;

/** The longest path of a socket in the folder. */
const LONGEST_NAME = join('postgres', '.s.PGSQL.5432');

/** The file in a folder outside a home that says whose it is: its home's real path. */
const HOME_FILE = 'home';

/** The sockets in a folder. */
function socketsIn(folder: string) {
  return {
    folder,
    /** Commands hold the stack through it. */
    host: join(folder, 'host.sock'),
    /** The server (notifier), for the worker and the commands of this home. */
    server: join(folder, 'server.sock'),
    /** The UI of the embedded Temporal server, for the server (notifier), which shows it after a sign-in. */
    temporalUi: join(folder, 'temporal-ui.sock'),
    /** The folder of PostgreSQL's socket, which belongs to the account that PostgreSQL runs as. */
    postgres: join(folder, 'postgres'),
  } as const;
}
export type SocketPaths = ReturnType<typeof socketsIn>;

/**
 * The sockets of a home: in its folder `run`. With a long home, `run` is a link to a folder below the runtime folder. The
 * link is followed, because two commands of one home may have different runtime folders. A copy of a home has the
 * original's link, which does not count.
 */
export function socketPaths(home: string, env: Environment = process.env): SocketPaths {
  const inHome = join(home, 'run');
  return socketsIn(fits(inHome) ? inHome : (linkedFolder(home) ?? folderOutside(home, env)));
}

/**
 * Creates the folder of a home's sockets. Only for the owner of the host's lock.
 * @throws EnvironmentError when another account made `run` in the home, or can enter it
 */
export async function makeSocketFolder(home: string, env: Environment = process.env): Promise<SocketPaths> {
  const inHome = join(home, 'run');
  if (fits(inHome)) {
    // The home was moved from a longer path.
    if (readLink(inHome) !== undefined) await rm(inHome);
    makePrivateFolder(inHome);
    return socketsIn(inHome);
  }
  // The runtime folder of a user ends with the session, and everything below /tmp with the system.
  const folder = linkedFolder(home) ?? makeFolderOutside(home, env);
  await writeFile(join(folder, HOME_FILE), realHome(home), { mode: 0o600 });
  await rm(inHome, { recursive: true, force: true });
  await symlink(folder, inHome);
  return socketsIn(folder);
}

/**
 * Whether only this account can have made what listens in a socket folder. Others may enter neither the folder nor
 * replace it. Check it before a secret is sent: a restart of the machine removes a folder in /tmp, and then anybody can
 * make another one there.
 */
export function isOwnSocketFolder(folder: string): boolean {
  return isPrivateFolder(folder) && isUnchangeable(dirname(folder));
}

/** The real path of a home; the given one when it does not exist. */
export function realHome(home: string): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}

/** The folder that the link in a home leads to; undefined unless it is private and belongs to this home. */
function linkedFolder(home: string): string | undefined {
  const folder = readLink(join(home, 'run'));
  if (folder === undefined || !isOwnSocketFolder(folder)) return undefined;
  try {
    return readFileSync(join(folder, HOME_FILE), 'utf8') === realHome(home) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, LONGEST_NAME)) <= MAX_SOCKET_PATH_BYTES;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Creates the folder for a home whose own path is too long. */
function makeFolderOutside(home: string, env: Environment): string {
  const folder = folderOutside(home, env);
  try {
    makePrivateFolder(dirname(folder));
    makePrivateFolder(folder);
    return folder;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    // Another user can make a folder of that name in /tmp, but none of a random name. The home's link records it.
    return mkdtempSync(`${privateTemporaryFolder()}-`);
  }
}

/** A folder for a home whose own path is too long, with a name derived from the home. */
function folderOutside(home: string, env: Environment): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const runtime = nonEmpty(env['XDG_RUNTIME_DIR']);
  if (runtime !== undefined && isAbsolute(runtime) && isPrivateFolder(runtime)) {
    const folder = join(runtime, 'leadwright', name);
    if (fits(folder)) return folder;
  }
  return join(privateTemporaryFolder(), name);
}
