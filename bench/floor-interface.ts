/** What the floor's processes say to each other. */

export interface FloorInput {
  readonly tasks: number;
  readonly concurrency: number;
}

export interface FloorActivities {
  nothing(): Promise<void>;
}

/** As many queues as the product has, for the same workers; of other names, because both run side by side. */
export const FLOOR_QUEUES = { workflow: 'floor', model: 'floor-model', sandbox: 'floor-sandbox' } as const;
