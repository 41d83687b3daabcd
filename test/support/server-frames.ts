/** Opcodes of WebSocket frames (RFC 6455). */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/**
 * Parses the frames that a server sent. The last one may be incomplete, because a connection may end at any point.
 * @throws Error for a frame that is not final, is masked, or uses reserved bits
 */
export function readFrames(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = [];
  let rest = bytes;
  while (rest.length >= 2) {
    const [first = 0, second = 0] = rest;
    if ((first & 0xf0) !== 0x80 || (second & 0x80) !== 0)
      throw new Error(`not a valid server frame: ${first} ${second}`);
    const wide = second === 126 ? 2 : second === 127 ? 8 : 0;
    if (rest.length < 2 + wide) break;
    const length = wide === 0 ? second : Number(`0x${rest.subarray(2, 2 + wide).toString('hex')}`);
    if (rest.length < 2 + wide + length) break;
    frames.push({ opcode: first & 0x0f, payload: rest.subarray(2 + wide, 2 + wide + length) });
    rest = rest.subarray(2 + wide + length);
  }
  return frames;
}
