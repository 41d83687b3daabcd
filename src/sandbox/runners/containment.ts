/** Describes what a sandbox on this machine contains and limits. Pure. */
import type { Machine } from './machine.js';
import type { Containment } from './runner.js';
import { seccompFilter } from '../limits/seccomp.js';

const GIB = 1024 ** 3;

/** @param arch `process.arch` */
export function describeContainment(machine: Omit<Machine, 'programs'>, arch: string): Containment {
  const { limits, slotUids, cgroupParents } = machine;
  const memory = `${gib(limits.memoryBytes)} of memory, ${limits.processes} processes`;
  const who = slotUids === null ? 'as you in a user namespace' : 'as a separate user';
  return {
    kind: 'sandbox',
    summary:
      `commands run in bubblewrap, ${who}: no network, no access to your files, ` +
      `${gib(limits.diskBytes)} and ${limits.files} files` +
      (cgroupParents === null ? '' : `, ${memory}`),
    warning: null,
    gaps: [
      ...(cgroupParents === null
        ? [
            `No control group can be created here, so memory is measured several times a second (at most ${gib(limits.memoryBytes)}), ` +
              'and a command may exceed its limit for a moment. Memory of the kernel, such as the buffers of sockets, does not ' +
              'count. Run the worker as root, or in a systemd user service (systemd-run --user).',
          ]
        : []),
      ...(cgroupParents !== null && cgroupParents.pids === null
        ? [
            'The pids control group is missing, so the number of processes is limited only by the user namespace.',
          ]
        : []),
      ...(seccompFilter(arch, true) === null
        ? [`System calls are not filtered: there is no filter for ${arch}.`]
        : []),
    ],
  };
}

function gib(bytes: number): string {
  return `${Math.round((bytes / GIB) * 10) / 10} GiB`;
}
