/** Open files that this process would pass on to its children without meaning to. */
import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC: closed when another program takes over the process. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * The descriptors above 2 that a child would inherit: whoever started this process left them open, and Node
 * passes them on. Its own it opens with O_CLOEXEC. None where there is no /proc.
 */
export function leakingDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo').map(Number).filter(leaks);
  } catch {
    return [];
  }
}

function leaks(descriptor: number): boolean {
  if (descriptor <= 2) return false;
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1];
    return flags !== undefined && (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The one that the listing itself had open.
    return false;
  }
}

/**
 * What `spawn` is told to open for a child: its own, and nothing behind every number that would leak.
 * @param nothing a descriptor of /dev/null
 */
export function stdioWithout<T>(
  own: readonly T[],
  leaking: readonly number[],
  nothing: number,
): (T | number | 'ignore')[] {
  const length = Math.max(own.length, ...leaking.map((descriptor) => descriptor + 1));
  return Array.from({ length }, (_, index) => own[index] ?? (leaking.includes(index) ? nothing : 'ignore'));
}
