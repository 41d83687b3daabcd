/** Ends what a test started when the test's own process is killed, and no hook of it runs any more. */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Reads the home from stdin, so that the watch itself does not count as a process of the home, and waits for the end of
 * stdin. Then kills the processes that have the home in their environment; PostgreSQL and Temporal
 * end with their host. Three times, because a process may start another one meanwhile.
 */
const WATCH = `read -r home; read -r _
for try in 1 2 3; do
  for file in /proc/[0-9]*/environ; do
    if grep -qzxF "LEADWRIGHT_HOME=$home" "$file" 2>/dev/null; then
      pid=\${file#/proc/}
      kill -KILL "\${pid%/environ}" 2>/dev/null
    fi
  done
  sleep 0.2
done
rm -rf "$home"`;

/**
 * Watches over a temporary home, on Linux.
 * @returns a function that ends the watch, once the home has been removed
 */
export function endWithTest(home: string): () => void {
  // Its stdin ends with this process, however that ends. Detached, so that a Ctrl-C for the tests does not end it.
  const watch = spawn('/bin/sh', ['-c', WATCH], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.stdin.write(`${home}\n`);
  watch.unref();
  if (watch.stdin instanceof Socket) watch.stdin.unref();
  return () => watch.stdin.end();
}
