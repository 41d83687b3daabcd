import assert from 'node:assert/strict';
import { attempt } from '../support/attempts.js';
import { eventually } from '../support/eventually.js';
import { needsBubblewrap, USERS, useStage } from './sandbox-stage.js';
import { commandLine } from '../support/process-table.js';

/** What the command under attack has: files, an environment, sockets, shared memory and processes. */
const MARK = 'marked-by-the-neighbour';
/** It runs until the process with `last-word` is ended from outside. */
const VICTIM = (token: string) => `
echo ${MARK} >/tmp/mark; echo ${MARK} >/dev/shm/mark; echo ${MARK} >$HOME/mark; echo ${MARK} >mark
export NEIGHBOUR=${MARK}
node -e "
const net = require('node:net');
let touched = 0;
for (const address of [{ path: '\\0neighbour' }, { path: '/tmp/socket' }, { port: 7777, host: '127.0.0.1' }])
  net.createServer((socket) => { touched += 1; socket.end('${MARK}'); }).listen(address);
process.on('SIGTERM', () => { console.log('touched', touched, 'intact', require('node:fs').readFileSync('/tmp/mark', 'utf8').trim()); process.exit(0); });
console.log('ready');
" &
child=$!; sh -c 'sleep 1000; : last-word ${token}' & wait $!; kill $child; wait $child`;

const ATTACKS: readonly (readonly [what: string, command: string])[] = [
  ['by its environment', 'cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n"'],
  ['by its command line', 'cat /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n" | grep -v "^: sandbox-"'],
  ['in its temporary folder', 'cat /tmp/mark /sandbox/tmp/mark $TMPDIR/mark 2>/dev/null'],
  ['in its shared memory', 'cat /dev/shm/mark 2>/dev/null; ls /dev/mqueue /dev/shm'],
  ['in its home and tree', 'cat /sandbox/home/mark /sandbox/tree/mark 2>/dev/null'],
  ['anywhere in the file system', 'find / -name mark -exec cat {} + 2>/dev/null'],
  ['through the root of any process', 'cat /proc/[0-9]*/root/tmp/mark /proc/[0-9]*/cwd/mark 2>/dev/null'],
  [
    'through the memory of any process',
    'for p in /proc/[0-9]*; do grep -a -o marked-by-the-neighbour $p/mem; done 2>/dev/null',
  ],
  [
    'by an abstract socket',
    `node -e "require('node:net').connect({ path: '\\0neighbour' }).on('data', (d) => console.log(String(d))).on('error', () => {})"`,
  ],
  [
    'by its socket and its port',
    `node -e "for (const a of [{ path: '/tmp/socket' }, { port: 7777, host: '127.0.0.1' }]) require('node:net').connect(a).on('data', (d) => console.log(String(d))).on('error', () => {})"`,
  ],
  [
    'by signals',
    'for s in STOP TERM KILL; do (kill -s $s -1) 2>/dev/null; done; for i in 1 2 3; do kill -9 $(seq 2 400) 2>/dev/null; done',
  ],
  [
    'by its tmpfs, mounted again',
    'mount -t tmpfs sandbox /tmp 2>&1; mount --bind /proc/1/root/tmp /tmp 2>&1; cat /tmp/mark 2>/dev/null',
  ],
  ['by its System V memory', 'ipcs -a 2>/dev/null | grep -c 0x; ipcrm -a 2>/dev/null'],
];

for (const { name, uid } of USERS) {
  describe(`two hostile commands of ${name} at the same time`, function () {
    this.timeout(60_000);
    needsBubblewrap();
    const victim = useStage(uid);
    const attacker = useStage(uid);

    it('cannot see, reach or end each other', async () => {
      const { token } = victim();
      victim().send(`: ${token}; ${VICTIM(token)}`, { timeoutMs: 50_000 });
      const waiter = () =>
        victim()
          .left()
          .find((pid) => commandLine(pid).startsWith('sh\0-c\0sleep 1000; : last-word'));
      await eventually(() => waiter() !== undefined, 'the neighbour runs');
      for (const [what, command] of ATTACKS) {
        await attempt(what, async () => {
          const { output } = await attacker().run(
            command.replaceAll('marked-by-the-neighbour', 'marked-by-the-[n]eighbour'),
          );
          assert.ok(!output.includes(MARK), output);
        });
      }
      await attempt('its end', async () => {
        process.kill(waiter() ?? assert.fail('the neighbour still runs'));
        const { output, exitCode } = await victim().reply();
        assert.equal(exitCode, 0, output);
        assert.match(output, /^touched 0 intact marked-by-the-neighbour$/m);
      });
    });
  });
}
