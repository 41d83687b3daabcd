/** Metrics of Temporal's SDK that the dashboard and alerts in docs use; a test checks that a worker exports each. */
export const TEMPORAL_METRICS = [
  'temporal_workflow_task_schedule_to_start_latency_bucket',
  'temporal_activity_schedule_to_start_latency_bucket',
  'temporal_worker_task_slots_available',
  'temporal_sticky_cache_size',
] as const;
