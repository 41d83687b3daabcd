/** Finds open files that child processes would inherit unintentionally. */
import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC: the kernel closes the descriptor when the process executes another program. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Finds the descriptors above 2 that a child would inherit. The program that started this process left them open, and
 * Node passes them on. Node opens its own descriptors with O_CLOEXEC. Empty where there is no /proc.
 */
export function findLeakingDescriptors(): number[] {
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
    // The descriptor with which the folder was listed, which is closed by now.
    return false;
  }
}

/**
 * Creates the `stdio` option of `spawn`: the child's own entries, and /dev/null for each descriptor that would leak.
 * @param devNull a descriptor of /dev/null
 */
export function createStdio<T>(
  own: readonly T[],
  leaking: readonly number[],
  devNull: number,
): (T | number | 'ignore')[] {
  const length = Math.max(own.length, ...leaking.map((descriptor) => descriptor + 1));
  return Array.from({ length }, (_, index) => own[index] ?? (leaking.includes(index) ? devNull : 'ignore'));
}
