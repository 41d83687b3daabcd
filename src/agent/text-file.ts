/** Whether bytes are text that a model can be shown: UTF-8 without a zero byte, as git tells text too. */
export function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Why a file cannot be read: it is beyond what the store reads, and the model is told. Anything else is thrown. */
export function tooLarge(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}
