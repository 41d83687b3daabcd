import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';

/** The files that write to this process's own streams; each encodes what it writes. */
const DOORS = ['cli/answer/ask.ts', 'cli/print/output.ts', 'redaction/redacted-log.ts'];
/** The streams of a child process, of a program that runs in the sandbox, and between a service and its host. */
const NOT_PRINTED = [
  'shared/process/child-process.ts',
  'sandbox/setup-network/forwarder.ts',
  'local-stack/temporal/relay.ts',
];

/** Ways to write to stdout or stderr: the streams, the console, a descriptor, the devices. */
const WAYS = new RegExp(
  [
    String.raw`\bprocess\s*(?:\?\.|\.)\s*std(?:out|err)\b`,
    String.raw`\bprocess\[(?!stream\])`,
    String.raw`from 'node:(?:process|console)'`,
    String.raw`(?<!platform\.|//)\bconsole\s*(?:\.(?!anthropic)|\[)`,
    String.raw`\bwrite(?:Sync|FileSync|File)?\(\s*[12]\s*,`,
    String.raw`['"\x60]/dev/(?:std(?:out|err)|tty|fd/[12])['"\x60]`,
    String.raw`\bpino\.destination\b|\bprocess\.report\b|\bemitWarning\b`,
  ].join('|'),
);

const withoutComments = (code: string) => code.replace(/\/\*[^]*?\*\//g, '');

describe('printing', () => {
  it('happens only in the files that encode what they print', () => {
    const src = join(packageRoot, 'src');
    const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/^(?:db\/generated|dashboard)\//.test(file))
      .filter((file) => !DOORS.includes(file) && !NOT_PRINTED.includes(file))
      .filter((file) => WAYS.test(withoutComments(readFileSync(join(src, file), 'utf8'))));
    assert.deepEqual(found, []);
  });

  it('is recognised however it is written', () => {
    for (const code of [
      "process.stdout.write('x')",
      'const { write } = process.stderr',
      "process['stdout'].write('x')",
      "import { stdout } from 'node:process'",
      'console.log(1)',
      "console['log'](1)",
      "writeSync(1, 'x')",
      "fs.writeFileSync('/dev/stdout', 'x')",
    ])
      assert.match(code, WAYS);
  });
});
