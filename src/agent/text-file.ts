/** Whether bytes are text that the model can read: UTF-8 without a zero byte, which is also git's test for text. */
export function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The reason for the model when a file is larger than the store reads. @throws any other error */
export function tooLarge(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}
