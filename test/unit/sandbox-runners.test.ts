import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildBubblewrapArguments,
  SANDBOX_FOLDERS,
  type SandboxView,
} from '../../src/sandbox/runners/bubblewrap-arguments.js';
import { createBubblewrapRunner } from '../../src/sandbox/runners/bubblewrap-runner.js';
import { findOwnCgroups } from '../../src/sandbox/limits/cgroup-folders.js';
import { buildContainerArguments, type ContainerRun } from '../../src/sandbox/runners/container-arguments.js';
import { describeContainment } from '../../src/sandbox/runners/containment.js';
import { createStdio } from '../../src/shared/process/descriptors.js';
import { limitsFor } from '../../src/sandbox/limits/command-limits.js';
import { chooseSlotUids } from '../../src/sandbox/runners/machine.js';
import { findToolChainFolders } from '../../src/sandbox/runners/tool-chains.js';
import { createScratchFolder } from '../../src/sandbox/scratch-folder.js';
import { EGRESS_SOCKET } from '../../src/sandbox/setup-network/egress-proxy.js';
import { readEgressRules } from '../../src/sandbox/setup-network/egress-rules.js';
import { nth, scaffold, sourceOf } from './sandbox-support.js';

const view: SandboxView = {
  system: [
    { path: '/usr', link: null },
    { path: '/bin', link: 'usr/bin' },
  ],
  stage: '/tmp',
  etcFolders: ['/etc/ssl/certs'],
  toolChains: [{ from: '/tmp/tool-chain-0', at: '/home/ann/.pyenv' }],
  hidden: ['/usr/local/state', '/home/ann', '/home/ann/.pyenv/leadwright'],
  hiddenFiles: ['/home/ann/.pyenv/versions/3.13/pip.conf', '/home/ann/.netrc'],
  network: [],
  env: { PATH: '/usr/bin', TZ: 'UTC' },
  readOnlyTree: false,
};

describe('a command in bubblewrap', () => {
  const args = buildBubblewrapArguments(view, true);
  const text = args.join(' ');

  it('sees a read-only system and tool chains, and four writable folders', () => {
    assert.match(text, /--ro-bind \/usr \/usr --symlink usr\/bin \/bin/);
    assert.match(text, /--ro-bind \/tmp\/tool-chain-0 \/home\/ann\/\.pyenv/);
    const writable = [...text.matchAll(/--bind \S+ (\S+)/g)].map(([, place]) => place);
    assert.deepEqual(writable, [
      SANDBOX_FOLDERS.tree,
      SANDBOX_FOLDERS.home,
      SANDBOX_FOLDERS.tmp,
      '/tmp',
      '/dev/shm',
    ]);
  });

  it('has its file system sealed after all mounts, and kernel settings after /proc', () => {
    const last = Math.max(
      args.lastIndexOf('--bind'),
      args.lastIndexOf('--ro-bind'),
      args.lastIndexOf('--dev'),
    );
    assert.ok(args.indexOf('--remount-ro', last) > last);
    assert.ok(text.indexOf('--proc /proc') < text.indexOf('--ro-bind /proc/sys /proc/sys'));
    assert.ok(text.indexOf('/proc/sys /proc/sys') < text.indexOf('--remount-ro /proc'));
    assert.match(text, /--remount-ro \/dev --remount-ro \//);
  });

  it('sees nothing of Leadwright or of the home, even within visible folders', () => {
    assert.match(text, /--tmpfs \/usr\/local\/state --remount-ro \/usr\/local\/state/);
    assert.match(text, /--tmpfs \/home\/ann\/\.pyenv\/leadwright/);
    assert.doesNotMatch(text, /--tmpfs \/home\/ann /);
    assert.match(text, /--ro-bind \/dev\/null \/home\/ann\/\.pyenv\/versions\/3\.13\/pip\.conf/);
    assert.doesNotMatch(text, /netrc/);
  });

  it('has a network namespace of its own, and the proxy’s socket only if it has a network', () => {
    const mounts = [{ from: '/tmp/network-0', at: '/sandbox/egress' }];
    const open = buildBubblewrapArguments({ ...view, network: mounts }, true);
    for (const list of [args, open]) {
      assert.ok(list.includes('--unshare-net'));
      assert.ok(!list.includes('/etc/resolv.conf'));
    }
    assert.doesNotMatch(text, /egress/);
    assert.match(open.join(' '), /--ro-bind \/tmp\/network-0 \/sandbox\/egress/);
  });

  it('has exactly the given environment', () => {
    assert.match(text, /--clearenv --setenv PATH \/usr\/bin --setenv TZ UTC$/);
  });
});

describe('a command in bubblewrap whose network cannot be set up', () => {
  it('leaves no control group', async () => {
    const at = await scaffold();
    const scratch = await createScratchFolder(at.trees);
    // The proxy cannot listen where there is a file.
    writeFileSync(join(scratch.root, EGRESS_SOCKET), '');
    // Folders instead of controllers: a group of cpuacct gets no files, so its folder can be removed like a real one.
    const groups = join(at.folder, 'cpuacct');
    const machine = {
      ...view,
      programs: { bwrap: '/none', prlimit: '/none', setpriv: '/none' },
      toolChains: [],
      slotUids: null,
      limits: limitsFor(8 * 2 ** 30),
      inotify: null,
      cgroupParents: { version: 1, memory: join(at.folder, 'memory'), pids: null, cpuacct: groups },
    } as const;
    const runner = createBubblewrapRunner(machine, describeContainment(machine, 'x64'), readEgressRules({}));
    const { source, commit } = { source: sourceOf({}), commit: nth(1) };
    await assert.rejects(
      runner.run({
        ...{ source, commit, scratch, layer: null, command: 'true', env: {}, network: true },
        ...{ keep: false, keepFiles: [], timeoutMs: 10_000, outputLimitBytes: 1000 },
      }),
      /EADDRINUSE/,
    );
    assert.deepEqual(readdirSync(groups), []);
    await at.remove();
  });
});

describe('the visible tool chains', () => {
  const table: readonly [string, Record<string, string>, string[]][] = [
    ['are the folders in PATH', { PATH: '/home/ann/.pyenv/shims:/usr/bin' }, ['/home/ann/.pyenv']],
    [
      'are shown without the tokens beside them',
      { PATH: '/home/ann/.cargo/bin' },
      ['/home/ann/.cargo/bin', '/home/ann/.rustup'],
    ],
    [
      'are shown without the tokens beside them: those of uv',
      { PATH: '/home/ann/.local/bin' },
      ['bin', 'lib', 'share/pipx', 'share/uv/python', 'share/uv/tools'].map(
        (name) => `/home/ann/.local/${name}`,
      ),
    ],
    ['exclude folders that are not tool chains', { PATH: '/home/ann/bin:/home/ann/.ssh:bin:' }, []],
    ['exclude other homes', { PATH: '/home/bob/.pyenv/shims' }, []],
    ['include only the folders of /opt in PATH', { PATH: '/opt/go/bin:/srv/x/bin' }, ['/opt/go']],
    [
      'exclude the socket of Nix',
      { PATH: '/nix/var/nix/profiles/default/bin' },
      ['/nix/store', '/nix/var/nix/profiles'],
    ],
    [
      'include configured folders',
      { PATH: '', LEADWRIGHT_TOOL_CHAINS: '/home/ann/tools/:x' },
      ['/home/ann/tools'],
    ],
    [
      'include only the outer of two nested folders',
      { PATH: '/home/ann/.nvm/a/bin', LEADWRIGHT_TOOL_CHAINS: '/home/ann/.nvm/a' },
      ['/home/ann/.nvm'],
    ],
  ];
  for (const [name, env, expected] of table) {
    it(name, () => assert.deepEqual(findToolChainFolders({ HOME: '/home/ann', ...env }), expected));
  }
});

describe('the user ids of sandboxes', () => {
  it('are above the ids of people, and in the upper half of a container’s range', () => {
    assert.equal(chooseSlotUids('         0          0 4294967295\n').first, 2_000_000_000);
    assert.deepEqual(chooseSlotUids('0 1000 1\n1 100000 65536\n'), { first: 32_769, count: 32_768 });
  });
});

describe('the control groups of a process', () => {
  const mounts = [
    '36 35 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '37 35 0:32 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '38 35 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n');

  it('are found for each controller of version 1, and for version 2', () => {
    assert.deepEqual(findOwnCgroups('4:memory:/a/b\n2:cpu,cpuacct:/\n0::/c\n', mounts), {
      unified: '/sys/fs/cgroup/unified/c',
      memory: '/sys/fs/cgroup/memory/a/b',
      pids: null,
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/',
    });
  });

  it('are found if a container sees only a part of the hierarchy', () => {
    const part = '38 35 0:33 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw';
    assert.equal(findOwnCgroups('0::/docker/x/y', part).unified, '/sys/fs/cgroup/y');
    assert.equal(findOwnCgroups('0::/docker/x', part).unified, '/sys/fs/cgroup');
  });
});

describe('the description of a sandbox', () => {
  const machine = {
    system: [],
    toolChains: [],
    hidden: [],
    hiddenFiles: [],
    slotUids: null,
    limits: limitsFor(8 * 2 ** 30),
    inotify: null,
    cgroupParents: null,
  };

  it('names missing limits', () => {
    const { gaps, summary } = describeContainment(machine, 'riscv64');
    assert.match(
      gaps.join('\n'),
      /memory is measured several times a second \(at most 4 GiB\)[^]*no filter for riscv64/,
    );
    assert.doesNotMatch(summary, /of memory/);
    const cgroupParents = { version: 2, memory: '/g', pids: '/g', cpuacct: '/g' } as const;
    assert.deepEqual(describeContainment({ ...machine, cgroupParents }, 'x64').gaps, []);
  });
});

describe('inherited file descriptors', () => {
  it('are closed in a child, except its own', () => {
    assert.deepEqual(createStdio(['a', 'b'], [1, 3, 5], 99), ['a', 'b', 'ignore', 99, 'ignore', 99]);
    assert.deepEqual(createStdio(['a', 'b'], [], 99), ['a', 'b']);
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
    keepFiles: [],
    scratch: { tree: '/h/tree', home: '/h/home' },
    command: "echo 'x'",
  };
  const text = (changes: Partial<ContainerRun> = {}): string =>
    buildContainerArguments({ ...run, ...changes }).join(' ');

  it('has no capabilities, no network, a read-only system and all limits', () => {
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

  it('gets environment values by name only, and its command as one argument', () => {
    assert.match(text(), /--env TZ --entrypoint \/bin\/sh node:20 -c /);
    assert.ok(text().includes(`/bin/sh -c 'echo '\\''x'\\''' </dev/null`));
  });

  it('mounts a layer read-only, and only what is kept as writable', () => {
    assert.match(text({ layer: '/l' }), /--mount type=bind,source=\/l,target=\/layer,readonly/);
    assert.match(text({ keep: true }), /source=\/h\/tree,target=\/kept\/tree/);
    assert.match(text({ network: true }), /--network bridge/);
  });
});
