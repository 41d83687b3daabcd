/** What tells this machine, or container, from every other one, equal host names or not. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { makePrivateFolder, privateTemporaryFolder } from '../files/private-folder.js';

/** Facts about a host, from the kernel; null where the system does not have them. */
export interface HostFacts {
  /** Chosen at installation. Machines that were cloned share it. */
  readonly machineId: string | null;
  /** Random, chosen at each start of the kernel. All containers of a machine share it. */
  readonly bootId: string | null;
  /** Its number is unique among the containers of a machine, and the same on all machines without containers. */
  readonly pidNamespace: string | null;
}

/** Hexadecimal digits of an identity: 64 bits, so that two hosts never have the same by chance, and paths stay short. */
export const IDENTITY_DIGITS = 16;

/**
 * The identity of a host: processes with the same one see each other's pids.
 * @param name the host name, which says nothing where the kernel's facts are known
 * @param keptId an id of this start, for systems without these facts (macOS, some sandboxes): a host name alone may be
 *   that of another machine
 */
export function hostIdentity(
  { machineId, bootId, pidNamespace }: HostFacts,
  name: string,
  keptId: () => string,
): string {
  const parts =
    bootId === null || pidNamespace === null
      ? ['kept', name, keptId()]
      : ['kernel', machineId ?? '', bootId, pidNamespace];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, IDENTITY_DIGITS);
}

/** The identity of this host. */
export function ownHostIdentity(): string {
  const facts = {
    machineId: readFact('/etc/machine-id'),
    bootId: readFact('/proc/sys/kernel/random/boot_id'),
    pidNamespace: readPidNamespace(),
  };
  return hostIdentity(facts, hostname(), () => keepId(privateTemporaryFolder()));
}

/** Undefined facts are empty or of another form: some sandboxes have these files without content. */
function readFact(path: string): string | null {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^[0-9a-f-]{32,36}$/i.test(text) ? text : null;
  } catch {
    return null;
  }
}

function readPidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/**
 * A random id that the processes of this account share until the machine is started again. If it cannot be kept, each
 * process has its own, and sees no other as a process of this host: then only leases and ages decide.
 */
export function keepId(folder: string): string {
  const file = join(folder, 'host-id');
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  const id = randomUUID();
  try {
    makePrivateFolder(folder);
    if (isFromEarlierStart(file)) rmSync(file, { force: true });
    writeFileSync(draft, id, { flag: 'wx', mode: 0o600 });
    try {
      linkSync(draft, file);
      return id;
    } catch {
      // Another process has created it.
      return readFileSync(file, 'utf8');
    } finally {
      rmSync(draft, { force: true });
    }
  } catch {
    return id;
  }
}

/** An earlier start's id may be on another machine by now, with a copy of the disk. */
function isFromEarlierStart(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && stats.mtimeMs < Date.now() - uptime() * 1_000;
}
