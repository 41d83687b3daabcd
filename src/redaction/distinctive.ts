/** Whether a value is long and unusual enough to be redacted wherever it occurs: not a plain word. */
export function isDistinctive(value: string): boolean {
  return value.length >= MIN_VALUE_LENGTH && !/^[a-z]+$/i.test(value);
}
const MIN_VALUE_LENGTH = 8;
