-- Whether an open call of the run may release money. An open call of an answered turn, or of a task that is not in
-- progress, counts only while its worker is alive. A call of a worker that is gone releases nothing: it may have been
-- billed, and is lost once its turn is repeated.
CREATE OR REPLACE FUNCTION may_release_money(p_run text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM model_calls JOIN tasks ON tasks.run_id = model_calls.run_id AND tasks.id = task_id
    WHERE model_calls.run_id = p_run AND state = 'open' AND (
      (is_wanted(model_calls, tasks) AND NOT is_gone(worker_id))
      OR EXISTS (SELECT FROM workers WHERE workers.id = worker_id AND NOT dead AND lease_until > clock_timestamp())))
$$;
