import assert from 'node:assert/strict';
import { SHAPES } from '../../src/redaction/secret-shapes.js';
import { stepsOf } from '../support/counting-regex.js';

/** Pieces that begin or continue like a secret but never complete one. */
const PIECES = [
  'a',
  'A',
  '1',
  ' ',
  '\n',
  '-',
  '.',
  '"',
  'eyJ',
  'eyJaaaaaaaa.',
  'a://',
  'a://b:c',
  '://:',
  'password',
  'password=',
  'password="',
  'password: ',
  '\npassword: ',
  '\n- ',
  'pass:',
  'x_auth = ',
  'secret_',
  'token ',
  'Bearer ',
  'Bearer a.b-c',
  'sk-',
  'sk-ant-',
  'gh',
  'ghp_',
  'github_pat_',
  'xoxb-',
  'SG.',
  'SG.aaaaaaaaaaaaaaaa.',
  'AKIA',
  '[0;1m',
  '12345678:AA',
  'AccountKey=',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----\nProc-Type: x',
  '-----BEGIN PRIVATE KEY-----\nABCDEFGHIJKLMNOP\n',
  'ABCDEFGHIJKLMNOP\n',
  'MIIEpAIBAAKCAQEA',
  'MIIEpAIBAAKCAQEA\\n',
  'MHcCAQEE',
  'b3BlbnNzaC1rZXktdjE',
  'bytes of output cut …\nAAAA\n',
  'bytes of output cut …\n',
  'AAAA\n',
  '-----BEGIN ',
  '-----END PRIVATE KEY-----',
  'A+/=',
  '\\n',
];

describe('the patterns for secrets', () => {
  for (const [index, { name, pattern }] of SHAPES.entries()) {
    it(`take linear time in the length of any text: ${name} (${index + 1})`, () => {
      for (const piece of PIECES) {
        const steps = (characters: number) =>
          stepsOf(pattern, piece.repeat(Math.ceil(characters / piece.length)).slice(0, characters));
        const [short, long] = [steps(1_000), steps(4_000)];
        // A text four times as long takes about four times the steps; quadratic matching would take sixteen times.
        // The factor is 6 because a bounded part may reach its bound only in the longer text.
        assert.ok(long <= 6 * short + 4_000, `${JSON.stringify(piece)}: ${short}, then ${long} steps`);
        assert.ok(long <= 2_000 * 4_000, `${JSON.stringify(piece)}: ${long} steps`);
      }
    });
  }

  it('differ measurably from a pattern with quadratic time', () => {
    const steps = (characters: number) => stepsOf(/a+b/g, 'a'.repeat(characters));
    assert.ok(steps(4_000) > 12 * steps(1_000));
  });
});
