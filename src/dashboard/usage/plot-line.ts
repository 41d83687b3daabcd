/** A line of a plot. */
export interface Line {
  readonly name: string;
  /** The custom property that holds its colour. */
  readonly colour: string;
  /** One for each moment; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly kind: 'area' | 'bars' | 'dashes';
}
