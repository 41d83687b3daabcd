import assert from 'node:assert/strict';
import { seccompFilter } from '../../src/sandbox/limits/seccomp.js';
import { CALLS, type FilteredMachine } from '../../src/sandbox/limits/system-calls.js';

const MACHINES: Readonly<Record<FilteredMachine, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const ALLOWED = 0x7fff0000;
const refusal = (errno: number): number => 0x00050000 + errno;

/** Interprets a filter as the kernel does, for one call. */
function run(filter: Buffer, call: number, args: readonly number[], machine: number): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call >>> 0, 0);
  data.writeUInt32LE(machine, 4);
  args.forEach((value, index) => data.writeBigUInt64LE(BigInt(value), 16 + 8 * index));
  let loaded = 0;
  for (let at = 0; at < filter.length / 8; at += 1) {
    const [code, ifTrue, ifFalse] = [
      filter.readUInt16LE(8 * at),
      filter.readUInt8(8 * at + 2),
      filter.readUInt8(8 * at + 3),
    ];
    const value = filter.readUInt32LE(8 * at + 4);
    const jump = (holds: boolean): number => (holds ? ifTrue : ifFalse);
    if (code === 0x06) return value;
    if (code === 0x20) loaded = data.readUInt32LE(value);
    else if (code === 0x15) at += jump(loaded === value);
    else if (code === 0x35) at += jump(loaded >= value);
    else if (code === 0x45) at += jump((loaded & value) !== 0);
    else assert.fail(`instruction ${code.toString(16)}`);
  }
  return assert.fail('the filter came to no end');
}

for (const machine of ['x64', 'arm64'] as const) {
  describe(`the system call filter on ${machine}`, () => {
    const filter = seccompFilter(machine, true) ?? assert.fail('there is one');
    const calls = CALLS[machine];
    const verdict = (call: number, args: readonly number[] = []): number =>
      run(filter, call, args, MACHINES[machine]);

    it('allows calls that are not listed', () => {
      // Common calls such as read and write, which no list contains.
      for (const call of [63, 64, 93]) assert.equal(verdict(call), ALLOWED);
    });

    for (const name of ['ptrace', 'mount', 'bpf', 'keyctl', 'unshare', 'setns', 'io_uring_setup'] as const) {
      it(`refuses ${name}`, () => assert.equal(verdict(calls[name]), refusal(1)));
    }

    it('refuses a clone with new namespaces, and allows threads', () => {
      assert.equal(verdict(calls.clone, [0x10000000 | 17]), refusal(1));
      assert.equal(verdict(calls.clone, [0x003d0f00]), ALLOWED);
      assert.equal(verdict(calls.clone3), refusal(38));
    });

    it('allows local and internet sockets, and refuses sockets to a virtual machine’s host', () => {
      for (const family of [1, 2, 10, 16]) assert.equal(verdict(calls.socket, [family]), ALLOWED);
      for (const family of [17, 38, 40]) assert.equal(verdict(calls.socket, [family]), refusal(97));
    });

    it('refuses to inject input into a terminal', () => {
      assert.equal(verdict(calls.ioctl, [0, 0x5412]), refusal(1));
      assert.equal(verdict(calls.ioctl, [0, 0x5401]), ALLOWED);
    });

    it('refuses leases, by which one command could let others wait for a file', () => {
      assert.equal(verdict(calls.fcntl, [0, 1024]), refusal(22));
      // F_SETFL
      assert.equal(verdict(calls.fcntl, [0, 4]), ALLOWED);
    });

    describe('where nobody counts the memory of a whole command', () => {
      const strict = seccompFilter(machine, false) ?? assert.fail('there is one');
      const answer = (call: number, args: readonly number[] = []): number =>
        run(strict, call, args, MACHINES[machine]);

      for (const name of ['memfd_create', 'memfd_secret', 'msgget', 'semget'] as const) {
        it(`refuses ${name}`, () => {
          assert.equal(answer(calls[name]), refusal(38));
          assert.equal(verdict(calls[name]), ALLOWED);
        });
      }

      it('allows small System V segments, as PostgreSQL needs one', () => {
        assert.equal(answer(calls.shmget, [0, 56]), ALLOWED);
        assert.equal(answer(calls.shmget, [0, 65_537]), refusal(22));
        assert.equal(answer(calls.shmget, [0, 2 ** 32 + 56]), refusal(22));
        assert.equal(verdict(calls.shmget, [0, 2 ** 30]), ALLOWED);
      });
    });

    it('kills a process that uses another architecture’s call numbers', () => {
      assert.equal(run(filter, 1, [], 0x40000003), 0x80000000);
    });
  });
}

describe('the system call filter', () => {
  it('refuses the second set of call numbers on x64', () => {
    const filter = seccompFilter('x64', true) ?? assert.fail('there is one');
    assert.equal(run(filter, 0x40000000 + 1, [], MACHINES.x64), refusal(38));
  });

  it('does not exist for an unknown architecture', () => assert.equal(seccompFilter('riscv64', true), null));
});
