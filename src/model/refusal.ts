/** What a provider says about an answer that it stopped for safety (`stop_details`). Pure. */
import { z } from 'zod';
import { providerWords } from './failures.js';

// A server may send anything, or nothing.
const detailsSchema = z.looseObject({
  explanation: z.string().nullish(),
  category: z.string().nullish(),
});

/** The explanation and the category, on one line; null when there are none. */
export function refusalWords(details: unknown): string | null {
  const read = detailsSchema.safeParse(details);
  if (!read.success) return null;
  const { explanation, category } = read.data;
  const words = [explanation ?? '', (category ?? '') === '' ? '' : `(category: ${category})`];
  const text = providerWords(words.join(' ')).trim();
  return text === '' ? null : text;
}
