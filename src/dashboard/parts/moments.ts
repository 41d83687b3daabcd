/** Moments in words. Pure. */
const DAY_MS = 86_400_000;

/** When something was, for a list: the time of day when it was within a day, the date too when it is longer ago. */
export function formatMoment(at: string, now: number): string {
  const moment = new Date(at);
  const time = moment.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (now - moment.getTime() < DAY_MS && new Date(now).getDate() === moment.getDate()) return `today ${time}`;
  return `${moment.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}
