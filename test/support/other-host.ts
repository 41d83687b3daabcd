/** Processes on what looks like another machine or container of the same host name. */
import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/shared/files/package-root.js';

export const OTHER_HOSTS = {
  'a machine with the same host name': { machineId: true, bootId: true, pidNamespace: false },
  'a clone of this machine, with its host name and machine id': {
    machineId: false,
    bootId: true,
    pidNamespace: false,
  },
  'a container on this machine, with its host name': {
    machineId: false,
    bootId: false,
    pidNamespace: true,
  },
} as const;

/** What a host has of its own. */
type Differences = (typeof OTHER_HOSTS)[keyof typeof OTHER_HOSTS];

const PRINT = `import { ownName } from ${JSON.stringify(pathToFileURL(join(packageRoot, 'src/shared/process/owner.ts')).href)};
process.stdout.write(ownName());`;

/**
 * The owner name of a process there, which has ended: from here, no process of another host can be seen.
 * @returns null when this system lets us make no namespaces
 */
export function ownerOn(differences: Differences): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'leadwright-other-host-'));
  try {
    const replaced = [
      ...(differences.machineId ? [{ path: '/etc/machine-id', text: randomUUID().replaceAll('-', '') }] : []),
      ...(differences.bootId ? [{ path: '/proc/sys/kernel/random/boot_id', text: randomUUID() }] : []),
    ];
    const mounts = replaced.map(({ path, text }, number) => {
      const file = join(folder, String(number));
      writeFileSync(file, `${text}\n`);
      return `mount --bind ${file} ${path} && `;
    });
    const ran = spawnSync(
      'unshare',
      [
        ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
        ...(differences.pidNamespace ? ['--pid', '--fork', '--mount-proc'] : ['--mount']),
        ...['sh', '-c', `${mounts.join('')}exec "$@"`, 'sh'],
        ...[process.execPath, '--import', 'tsx', '--input-type=module', '-e', PRINT],
      ],
      { encoding: 'utf8', cwd: packageRoot },
    );
    return ran.status === 0 ? ran.stdout : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
