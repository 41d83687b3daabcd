-- What a person can answer: a hint, more corrections, more money, the work as it is, or to leave it out.

-- A person's answer and all that it means, as one. Null when there is no such blocker, false when it was answered
-- before. p_reply goes to the agent, should it go on. p_corrections: how many more there may be, null for the run's
-- own limit. p_add_usd: what is added to the run's budget, null for nothing. p_why: what a task that is left out says.
CREATE FUNCTION answer_blocker(p_id text, p_by text, p_choice text, p_answer text, p_reply text,
  p_corrections integer, p_add_usd numeric, p_why text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_run text;
  v_task text;
  v_attempt integer;
  v_red boolean;
  v_resolved boolean;
BEGIN
  SELECT run_id, task_id INTO v_run, v_task FROM blockers WHERE id = p_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- All locks before the first event: what is left out takes others with it.
  PERFORM 1 FROM tasks WHERE run_id = v_run AND (id = v_task OR p_choice = 'skip') ORDER BY id FOR NO KEY UPDATE;
  v_resolved := resolve_blocker(p_id, p_by, p_answer, p_reply);
  IF v_resolved IS NOT TRUE THEN RETURN v_resolved; END IF;
  UPDATE blockers SET choice = p_choice WHERE id = p_id;
  UPDATE runs SET
      budget_usd = budget_usd + COALESCE(p_add_usd, 0),
      branch_accepted = branch_accepted OR (v_task IS NULL AND p_choice = 'accept')
    WHERE id = v_run;
  IF v_task IS NULL THEN RETURN true; END IF;

  SELECT number, NOT passed AND landing IS NULL INTO v_attempt, v_red FROM attempts
    WHERE run_id = v_run AND task_id = v_task AND passed IS NOT NULL ORDER BY number DESC LIMIT 1;
  -- What follows on red work is a correction itself: the answer has asked for the first of them.
  UPDATE tasks SET corrections_allowed = p_corrections - COALESCE(v_red, false)::int
    WHERE run_id = v_run AND id = v_task;
  CASE p_choice
    WHEN 'accept' THEN
      IF v_attempt IS NULL THEN
        PERFORM move_task(v_run, v_task, 'completed');
      ELSE
        -- It lands as it is; also what was sent back for a merge that a person now takes.
        UPDATE attempts SET accepted = true, landing = NULL
          WHERE run_id = v_run AND task_id = v_task AND number = v_attempt;
      END IF;
    WHEN 'skip' THEN
      PERFORM end_task(v_run, v_task, 'skipped', p_why);
    ELSE
      NULL;
  END CASE;
  RETURN true;
END $$;
