/** What a sandbox on this machine keeps in, in words. Pure. */
import type { Machine } from './machine.js';
import type { Containment } from './runner.js';
import { seccompFilter } from '../limits/seccomp.js';

const GIB = 1024 ** 3;

/** @param arch as `process.arch` has it */
export function describeContainment(machine: Omit<Machine, 'programs'>, arch: string): Containment {
  const { limits, slotUids, cgroupParents } = machine;
  const memory = `${gib(limits.memoryBytes)} of memory, ${limits.processes} processes`;
  const who = slotUids === null ? 'as you in a user namespace' : 'as a user of its own';
  return {
    kind: 'sandbox',
    summary:
      `commands run under bubblewrap, ${who}: no network, nothing of yours in reach, ` +
      `${gib(limits.diskBytes)} and ${limits.files} files` +
      (cgroupParents === null ? '' : `, ${memory}`),
    warning: null,
    gaps: [
      ...(cgroupParents === null
        ? [
            `No control group may be made here, so memory is limited for each process (${gib(limits.memoryBytes)}) and ` +
              'not for all of a command. Run the worker as root, or in a systemd user service (systemd-run --user).',
          ]
        : []),
      ...(cgroupParents !== null && cgroupParents.pids === null
        ? [
            'Processes are counted for each command by its user namespace only: the pids control group is missing.',
          ]
        : []),
      ...(seccompFilter(arch) === null
        ? [`System calls are not filtered: there is no filter for ${arch}.`]
        : []),
    ],
  };
}

function gib(bytes: number): string {
  return `${Math.round((bytes / GIB) * 10) / 10} GiB`;
}
