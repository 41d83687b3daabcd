/** The median of numbers; the lower one of two in the middle. @throws when there are none */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new Error('there was no round');
  return middle;
}

/** The round whose figure is the median, so that all figures shown belong together. */
export function medianRound<Round>(rounds: readonly Round[], figure: (round: Round) => number): Round {
  const wanted = median(rounds.map(figure));
  const found = rounds.find((round) => figure(round) === wanted);
  if (found === undefined) throw new Error('there was no round');
  return found;
}
