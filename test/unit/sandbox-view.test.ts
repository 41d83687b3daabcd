import assert from 'node:assert/strict';
import {
  bubblewrapArguments,
  INSIDE,
  type SandboxView,
} from '../../src/sandbox/runners/bubblewrap-arguments.js';
import { ownGroups } from '../../src/sandbox/limits/cgroup-folders.js';
import { containerArguments, type ContainerRun } from '../../src/sandbox/runners/container-arguments.js';
import { containmentOf } from '../../src/sandbox/runners/containment.js';
import { stdioWithout } from '../../src/shared/descriptors.js';
import { limitsFor } from '../../src/sandbox/limits/command-limits.js';
import { slotUidsIn } from '../../src/sandbox/runners/machine.js';
import { toolChainFolders } from '../../src/sandbox/runners/tool-chains.js';

const view: SandboxView = {
  system: [
    { path: '/usr', link: null },
    { path: '/bin', link: 'usr/bin' },
  ],
  stage: '/tmp',
  toolChains: [{ from: '/tmp/tool-chain-0', at: '/home/ann/.pyenv' }],
  hidden: ['/usr/local/state', '/home/ann', '/home/ann/.pyenv/leadwright'],
  network: false,
  env: { PATH: '/usr/bin', TZ: 'UTC' },
};

describe('what a command sees in the sandbox', () => {
  const args = bubblewrapArguments(view, true);
  const text = args.join(' ');

  it('is a system and tool chains that it can only read, and four places of its own', () => {
    assert.match(text, /--ro-bind \/usr \/usr --symlink usr\/bin \/bin/);
    assert.match(text, /--ro-bind \/tmp\/tool-chain-0 \/home\/ann\/\.pyenv/);
    const writable = [...text.matchAll(/--bind \S+ (\S+)/g)].map(([, place]) => place);
    assert.deepEqual(writable, [INSIDE.tree, INSIDE.home, INSIDE.tmp, '/tmp', '/dev/shm']);
  });

  it('is sealed after everything was put there, the settings of the kernel after its processes', () => {
    const last = Math.max(
      args.lastIndexOf('--bind'),
      args.lastIndexOf('--ro-bind'),
      args.lastIndexOf('--dev'),
    );
    assert.ok(args.indexOf('--remount-ro', last) > last);
    assert.ok(text.indexOf('--proc /proc') < text.indexOf('--ro-bind /proc/sys /proc/sys'));
    assert.match(text, /--remount-ro \/dev --remount-ro \//);
  });

  it('has nothing of Leadwright or of the home, even within what is shown', () => {
    assert.match(text, /--tmpfs \/usr\/local\/state --remount-ro \/usr\/local\/state/);
    assert.match(text, /--tmpfs \/home\/ann\/\.pyenv\/leadwright/);
    assert.doesNotMatch(text, /--tmpfs \/home\/ann /);
  });

  it('has a network, and the address of a name server, only where it is allowed', () => {
    assert.ok(args.includes('--unshare-net'));
    assert.doesNotMatch(text, /resolv\.conf/);
    const open = bubblewrapArguments({ ...view, network: true }, true);
    assert.ok(!open.includes('--unshare-net') && open.includes('/etc/resolv.conf'));
  });

  it('has the given environment and no other', () => {
    assert.match(text, /--clearenv --setenv PATH \/usr\/bin --setenv TZ UTC$/);
  });
});

describe('the tool chains that are shown', () => {
  const table: readonly [string, Record<string, string>, string[]][] = [
    ['those that PATH leads to', { PATH: '/home/ann/.pyenv/shims:/usr/bin' }, ['/home/ann/.pyenv']],
    [
      'without the tokens beside them',
      { PATH: '/home/ann/.cargo/bin' },
      ['/home/ann/.cargo/bin', '/home/ann/.rustup'],
    ],
    ['none of a folder that has no name', { PATH: '/home/ann/bin:/home/ann/.ssh:bin:' }, []],
    ['none of another home', { PATH: '/home/bob/.pyenv/shims' }, []],
    ['of /opt what PATH leads to', { PATH: '/opt/go/bin:/srv/x/bin' }, ['/opt/go']],
    [
      'of Nix no socket',
      { PATH: '/nix/var/nix/profiles/default/bin' },
      ['/nix/store', '/nix/var/nix/profiles'],
    ],
    ['those that are named', { PATH: '', LEADWRIGHT_TOOL_CHAINS: '/home/ann/tools/:x' }, ['/home/ann/tools']],
    [
      'the outer one of two',
      { PATH: '/home/ann/.nvm/a/bin', LEADWRIGHT_TOOL_CHAINS: '/home/ann/.nvm/a' },
      ['/home/ann/.nvm'],
    ],
  ];
  for (const [name, env, expected] of table) {
    it(name, () => assert.deepEqual(toolChainFolders({ HOME: '/home/ann', ...env }), expected));
  }
});

describe('the user numbers of sandboxes', () => {
  it('are above all people on a machine, and in the upper half of what a container has', () => {
    assert.equal(slotUidsIn('         0          0 4294967295\n').first, 2_000_000_000);
    assert.deepEqual(slotUidsIn('0 1000 1\n1 100000 65536\n'), { first: 32_769, count: 32_768 });
  });
});

describe('the control groups of a process', () => {
  const mounts = [
    '36 35 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '37 35 0:32 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '38 35 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n');

  it('are found for each controller of version 1, and for version 2', () => {
    assert.deepEqual(ownGroups('4:memory:/a/b\n2:cpu,cpuacct:/\n0::/c\n', mounts), {
      unified: '/sys/fs/cgroup/unified/c',
      memory: '/sys/fs/cgroup/memory/a/b',
      pids: null,
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/',
    });
  });

  it('are found where a container sees a part of the hierarchy', () => {
    const part = '38 35 0:33 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw';
    assert.equal(ownGroups('0::/docker/x/y', part).unified, '/sys/fs/cgroup/y');
    assert.equal(ownGroups('0::/docker/x', part).unified, '/sys/fs/cgroup');
  });
});

describe('what is said of a sandbox', () => {
  const machine = {
    system: [],
    toolChains: [],
    hidden: [],
    slotUids: null,
    limits: limitsFor(8 * 2 ** 30),
    cgroupParents: null,
  };

  it('tells what is not limited', () => {
    const { gaps, summary } = containmentOf(machine, 'riscv64');
    assert.match(gaps.join('\n'), /memory is limited for each process \(4 GiB\)[^]*no filter for riscv64/);
    assert.doesNotMatch(summary, /of memory/);
    const cgroupParents = { version: 2, memory: '/g', pids: '/g', cpuacct: '/g' } as const;
    assert.deepEqual(containmentOf({ ...machine, cgroupParents }, 'x64').gaps, []);
  });
});

describe('descriptors that would leak', () => {
  it('lead to nothing in a child, beside its own', () => {
    assert.deepEqual(stdioWithout(['a', 'b'], [1, 3, 5], 99), ['a', 'b', 'ignore', 99, 'ignore', 99]);
    assert.deepEqual(stdioWithout(['a', 'b'], [], 99), ['a', 'b']);
  });
});

describe('a command in a container', () => {
  const run: ContainerRun = {
    image: 'node:20',
    name: 'leadwright-1',
    limits: { ...limitsFor(8 * 2 ** 30), processors: 2 },
    timeoutMs: 60_000,
    variables: ['TZ'],
    network: false,
    layer: null,
    keep: false,
    place: { tree: '/h/tree', home: '/h/home' },
    command: "echo 'x'",
  };
  const text = (changes: Partial<ContainerRun> = {}): string =>
    containerArguments({ ...run, ...changes }).join(' ');

  it('has no right, no network, a read-only system and limits on everything', () => {
    const expected = [
      '--user 1000:1000 --cap-drop ALL --security-opt no-new-privileges',
      '--network none',
      '--read-only --tmpfs /sandbox:size=2147483648,nr_inodes=',
      '--memory 4294967296 --memory-swap 4294967296 --pids-limit 1024',
      '--ulimit cpu=120',
    ];
    for (const part of expected) assert.ok(text().includes(part), `${part} in ${text()}`);
    assert.doesNotMatch(text(), /--mount|--privileged|--volume/);
  });

  it('gets values by name only, and its command as one word', () => {
    assert.match(text(), /--env TZ --entrypoint \/bin\/sh node:20 -c /);
    assert.ok(text().includes(`/bin/sh -c 'echo '\\''x'\\''' </dev/null`));
  });

  it('reads a layer, and writes into the place only what is to be kept', () => {
    assert.match(text({ layer: '/l' }), /--mount type=bind,source=\/l,target=\/layer,readonly/);
    assert.match(text({ keep: true }), /source=\/h\/tree,target=\/kept\/tree/);
    assert.match(text({ network: true }), /--network bridge/);
  });
});
