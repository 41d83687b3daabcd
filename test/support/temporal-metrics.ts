/** Of the metrics of Temporal's SDK, those that our dashboard and alerts ask of; a test looks for each in a worker's. */
export const TEMPORAL_METRICS = [
  'temporal_workflow_task_schedule_to_start_latency_bucket',
  'temporal_activity_schedule_to_start_latency_bucket',
  'temporal_worker_task_slots_available',
  'temporal_sticky_cache_size',
] as const;
