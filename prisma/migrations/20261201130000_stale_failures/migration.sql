-- A status that the tasks contradict: `completed` while one is not, or `failed`, unless by a bug, while one is open. A worker
-- that was killed after it had recorded the end of a run reports it once more, and a person may have retried tasks meanwhile.
CREATE FUNCTION check_reported(p_run text, p_to run_status, p_code text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_reported(p_run, p_to);
  IF p_to = 'failed' AND p_code IS NULL AND EXISTS (
    SELECT FROM tasks WHERE run_id = p_run AND status IN ('pending', 'in_progress', 'blocked')
  ) THEN
    RAISE EXCEPTION 'run % has not failed: some of its tasks are open', p_run
      USING ERRCODE = 'check_violation', CONSTRAINT = 'open_tasks';
  END IF;
END $$;
