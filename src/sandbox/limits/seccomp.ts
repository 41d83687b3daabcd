/**
 * A seccomp filter that denies the system calls that tests do not need, as a classic BPF program (see seccomp(2)).
 * The namespaces already contain the effects of these calls. The filter also reduces the kernel's attack surface,
 * because a command cannot reach rarely used kernel code. Pure.
 */
import { CALLS, type CallName, type FilteredMachine } from './system-calls.js';

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const errno = (number: number): number => 0x00050000 | number;
/** EPERM: the error that programs expect when they lack a permission. */
const NOT_PERMITTED = errno(1);
/** ENOSYS: callers fall back to an older call, whose arguments the filter can check. */
const NOT_IMPLEMENTED = errno(38);
/** EINVAL: shmget's error for a segment above the limit, and fcntl's for a file that allows no lease. */
const INVALID = errno(22);
/** EAFNOSUPPORT. */
const FAMILY_NOT_SUPPORTED = errno(97);

/** Offsets in `struct seccomp_data`: the call's number, the machine, and the low half of each argument. */
const CALL_NUMBER = 0;
const MACHINE = 4;
const argument = (index: number): number => 16 + 8 * index;
const highHalf = (index: number): number => argument(index) + 4;

const AUDIT_MACHINE: Readonly<Record<FilteredMachine, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
/** Call numbers from here on are the x32 variants of the same calls, with 32-bit pointers. */
const X32_CALLS = 0x40000000;

/** Flags for new namespaces of any kind: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e020000;
/** Allowed: local, IPv4, IPv6, and netlink, which lists addresses. Not vsock, which reaches a virtual machine's host. */
const SOCKET_FAMILIES = [1, 2, 10, 16] as const;
/** ioctl requests that push input into a terminal: TIOCSTI, TIOCLINUX. */
const TERMINAL_INPUT = [0x5412, 0x541c] as const;

/**
 * fcntl's F_SETLEASE. With a lease on a file that it may only read, the owner of the file lets a process that opens it wait for up
 * to 45 s: a worker that is not root owns the files that its sandboxes share.
 */
const SET_LEASE = 1024;

/** PostgreSQL takes a System V segment of 56 bytes. A namespace has 4,096 segments at most, so these are 256 MiB. */
const MAX_SEGMENT_BYTES = 64 * 1024;

interface Instruction {
  readonly code: number;
  readonly value: number;
  /** Number of instructions to skip when the condition is true, and when it is false. */
  readonly ifTrue?: number;
  readonly ifFalse?: number;
}

const loadWord = (value: number): Instruction => ({ code: LOAD_WORD, value });
const returnValue = (value: number): Instruction => ({ code: RETURN, value });
const skipUnlessEqual = (value: number, ifFalse: number): Instruction => ({
  code: JUMP_EQUAL,
  value,
  ifFalse,
});

/**
 * Assembles the filter for a machine; null when its call numbers are not known.
 * @param arch `process.arch`
 * @param memoryIsCounted whether a control group counts all memory. Otherwise memory that belongs to no process, which
 *   the memory watch cannot see, is refused.
 */
export function seccompFilter(arch: string, memoryIsCounted: boolean): Buffer | null {
  return arch === 'x64' || arch === 'arm64' ? assemble(buildProgram(arch, memoryIsCounted)) : null;
}

function buildProgram(machine: FilteredMachine, memoryIsCounted: boolean): Instruction[] {
  const number = CALLS[machine];
  const denied = DENIED_CALLS.flatMap((name) => {
    const call = number[name];
    return call === null ? [] : [skipUnlessEqual(call, 1), returnValue(NOT_PERMITTED)];
  });
  return [
    loadWord(MACHINE),
    { code: JUMP_EQUAL, value: AUDIT_MACHINE[machine], ifTrue: 1 },
    returnValue(KILL_PROCESS),
    loadWord(CALL_NUMBER),
    ...(machine === 'x64'
      ? [{ code: JUMP_GREATER_EQUAL, value: X32_CALLS, ifFalse: 1 }, returnValue(NOT_IMPLEMENTED)]
      : []),
    ...denied,
    // clone3 has its flags in memory, which a filter cannot read. Libraries fall back to clone.
    skipUnlessEqual(number.clone3, 1),
    returnValue(NOT_IMPLEMENTED),
    ...checkCall(number.clone, 0, [
      { code: JUMP_ANY_BIT, value: NEW_NAMESPACES, ifFalse: 1 },
      returnValue(NOT_PERMITTED),
    ]),
    ...checkCall(number.socket, 0, checkSocketFamily()),
    ...checkCall(
      number.ioctl,
      1,
      TERMINAL_INPUT.flatMap((request) => [skipUnlessEqual(request, 1), returnValue(NOT_PERMITTED)]),
    ),
    ...checkCall(number.fcntl, 1, [skipUnlessEqual(SET_LEASE, 1), returnValue(INVALID)]),
    ...(memoryIsCounted ? [] : refuseUncountedMemory(machine)),
    returnValue(ALLOW),
  ];
}

/**
 * Refuses memory without an owner: files in memory that need not be mapped, System V segments, queues and semaphores.
 * Programs fall back to files in /dev/shm, which have a quota.
 */
function refuseUncountedMemory(machine: FilteredMachine): Instruction[] {
  const number = CALLS[machine];
  const calls = ['memfd_create', 'memfd_secret', 'msgget', 'semget'] as const;
  return [
    ...calls.flatMap((name) => [skipUnlessEqual(number[name], 1), returnValue(NOT_IMPLEMENTED)]),
    ...checkCall(number.shmget, 1, [
      { code: JUMP_GREATER_EQUAL, value: MAX_SEGMENT_BYTES + 1, ifFalse: 1 },
      returnValue(INVALID),
      loadWord(highHalf(1)),
      { code: JUMP_EQUAL, value: 0, ifTrue: 1 },
      returnValue(INVALID),
    ]),
  ];
}

/** Runs `check` on one argument of a call. Calls for which `check` does not return are allowed. */
function checkCall(call: number, index: number, check: readonly Instruction[]): Instruction[] {
  const body = [loadWord(argument(index)), ...check, returnValue(ALLOW)];
  return [skipUnlessEqual(call, body.length), ...body];
}

function checkSocketFamily(): Instruction[] {
  const known = SOCKET_FAMILIES.flatMap((family) => [skipUnlessEqual(family, 1), returnValue(ALLOW)]);
  return [...known, returnValue(FAMILY_NOT_SUPPORTED)];
}

/** Calls that tests do not need: other processes' memory, the clock, kernel modules, swap, mounts, keys, tracing. */
const DENIED_CALLS: readonly CallName[] = [
  'acct',
  'add_key',
  'adjtimex',
  'bpf',
  'chroot',
  'clock_adjtime',
  'clock_settime',
  'delete_module',
  'fanotify_init',
  'finit_module',
  'fsconfig',
  'fsmount',
  'fsopen',
  'fspick',
  'init_module',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'ioperm',
  'iopl',
  'kcmp',
  'kexec_file_load',
  'kexec_load',
  'keyctl',
  'mount',
  'mount_setattr',
  'move_mount',
  'move_pages',
  'name_to_handle_at',
  'open_by_handle_at',
  'open_tree',
  'perf_event_open',
  'pidfd_getfd',
  'pivot_root',
  'process_madvise',
  'process_vm_readv',
  'process_vm_writev',
  'ptrace',
  'quotactl',
  'quotactl_fd',
  'reboot',
  'request_key',
  'setdomainname',
  'sethostname',
  'setns',
  'settimeofday',
  'swapoff',
  'swapon',
  'syslog',
  'umount2',
  'unshare',
  'uselib',
  'userfaultfd',
  'vhangup',
];

/** Encodes each instruction for the kernel: code (16 bits), two jumps (8 bits each), value (32 bits), little-endian. */
function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(({ code, value, ifTrue = 0, ifFalse = 0 }, index) => {
    bytes.writeUInt16LE(code, 8 * index);
    bytes.writeUInt8(ifTrue, 8 * index + 2);
    bytes.writeUInt8(ifFalse, 8 * index + 3);
    bytes.writeUInt32LE(value >>> 0, 8 * index + 4);
  });
  return bytes;
}
