/** A network namespace of its own for the embedded Temporal server, which lets in everybody who reaches its ports. */
import type { Environment } from '../../shared/config.js';
import type { CommandWrapper } from '../process/parent-watch.js';
import { lastLine, plainEnvironment, runTool, systemTool } from '../process/run-tool.js';

/** Whether the server can run in a namespace: how, or why not. */
export type NetworkNamespace =
  | { readonly type: 'available'; readonly enter: CommandWrapper }
  | { readonly type: 'missing'; readonly reason: string; readonly fix: string };

/**
 * bubblewrap, because it also brings up the namespace's loopback interface, and because the sandbox needs it anyway.
 * Everything else stays as it is outside. Without `--die-with-parent` the server could outlive a killed bubblewrap.
 */
const ARGUMENTS = ['--unshare-net', '--dev-bind', '/', '/', '--die-with-parent'] as const;
/** An ordinary user always gets a user namespace too. Root needs one where it is not allowed to do everything. */
const USER_NAMESPACE = [[], ['--unshare-user']] as const;

/** It starts in 20 ms; where it needs this long, it hangs. */
const PROBE_MS = 5_000;

/** Finds out by trying. A container's security profile, or a setting of the kernel, may forbid namespaces. */
export async function findNetworkNamespace(env: Environment): Promise<NetworkNamespace> {
  if (process.platform !== 'linux') {
    return {
      type: 'missing',
      reason: `network namespaces need Linux, and this machine runs ${process.platform}`,
      fix: 'Use a machine on which you trust every user, or a Temporal server of your own (TEMPORAL_ADDRESS).',
    };
  }
  const bwrap = systemTool('bwrap');
  let problem = '';
  for (const userNamespace of USER_NAMESPACE) {
    const args = [...userNamespace, ...ARGUMENTS, '--'];
    const tried = await runTool({
      command: bwrap,
      args: [...args, 'true'],
      env: plainEnvironment(env),
      timeoutMs: PROBE_MS,
    });
    if (tried.succeeded) return { type: 'available', enter: (command) => [bwrap, ...args, ...command] };
    problem = lastLine(tried.stderr);
  }
  return {
    type: 'missing',
    reason: `bubblewrap cannot make one: ${problem}`,
    fix: 'Install bubblewrap (`apt install bubblewrap`, `dnf install bubblewrap`) and allow user namespaces, or use a Temporal server of your own (TEMPORAL_ADDRESS).',
  };
}
