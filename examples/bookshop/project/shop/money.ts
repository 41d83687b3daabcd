/** An amount of money in whole cents, so that nothing is ever lost to a fraction. */
export type Cents = number;

/** `1250` as a person reads it: `€12.50`; a negative amount has its sign in front, `−€0.05`. */
export function formatPrice(amount: Cents): string {
  const cents = Math.abs(amount);
  const euros = Math.floor(cents / 100);
  return `${amount < 0 ? '−' : ''}€${euros}.${String(cents % 100).padStart(2, '0')}`;
}
