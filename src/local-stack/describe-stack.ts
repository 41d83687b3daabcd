import { isListening } from './host/is-listening.js';
import { findUserElsewhere } from './host/presence-lock.js';
import { isAlive } from './process/process-identity.js';
import { readStackFile, type ServiceName, type StackFile } from './stack-file.js';
import { stackPaths } from './stack-paths.js';

/** The state of a home's stack, found without starting anything. */
export type StackDescription =
  | { readonly state: 'stopped' }
  /** Another machine or container uses the home. */
  | { readonly state: 'elsewhere'; readonly hostname: string }
  /** `left-over`: the host was killed but some services still run; the next command that needs the stack ends them. */
  | {
      readonly state: 'running' | 'left-over';
      readonly hostPid: number;
      readonly startedAt: string;
      /** The build that started it, see `codeBuild`; null when an older version did. */
      readonly build: string | null;
      readonly services: readonly { readonly name: ServiceName; readonly pid: number }[];
      readonly temporalAddress: string | null;
      readonly temporalUi: string | null;
      readonly notifierUrl: string | null;
    };

/** Reports whether a stack runs for a home, for `doctor` and `status`. Starts, holds and changes nothing. */
export async function describeStack(home: string): Promise<StackDescription> {
  const paths = stackPaths(home);
  const file = await readStackFile(paths.stackFile);
  const running = file !== undefined && isAlive(file.host) && (await isListening(paths.sockets.host));
  const hostname = running ? null : await findUserElsewhere(paths);
  if (hostname !== null) return { state: 'elsewhere', hostname };
  if (file === undefined) return { state: 'stopped' };
  const services = file.services.filter(isAlive);
  if (!running && services.length === 0) return { state: 'stopped' };
  return { state: running ? 'running' : 'left-over', services, ...describeFile(file) };
}

function describeFile({
  host,
  startedAt,
  build = null,
  temporalAddress,
  temporalUi,
  notifierUrl,
}: StackFile) {
  return { hostPid: host.pid, startedAt, build, temporalAddress, temporalUi, notifierUrl };
}
