/** Types shared by the processes of the floor. */

export interface FloorInput {
  readonly tasks: number;
  readonly concurrency: number;
}

export interface FloorActivities {
  nothing(): Promise<void>;
}

/** The same queues as Leadwright's. The names differ because both run side by side. */
export const FLOOR_QUEUES = { workflow: 'floor', model: 'floor-model', sandbox: 'floor-sandbox' } as const;
