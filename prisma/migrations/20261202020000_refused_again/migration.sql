-- A turn whose request the provider refused has no answer of the model. It is called again once its question is answered, and may
-- ask again: the run would be blocked without a question.

CREATE OR REPLACE FUNCTION raise_blocker(p_run text, p_task text, p_reason text, p_question text, p_turn integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  IF p_task IS NOT NULL THEN
    PERFORM 1 FROM tasks WHERE run_id = p_run AND id = p_task FOR NO KEY UPDATE;
  ELSE
    PERFORM 1 FROM runs WHERE id = p_run FOR NO KEY UPDATE;
  END IF;
  IF p_task IS NOT NULL AND EXISTS (SELECT FROM blockers
      WHERE run_id = p_run AND task_id = p_task AND reason = p_reason AND turn = p_turn)
    AND (p_turn <= 0 OR EXISTS (SELECT FROM model_turns
      WHERE run_id = p_run AND task_id = p_task AND number = p_turn)) THEN
    RETURN false;
  END IF;
  SELECT concat_ws(':', p_run, p_task, count(*) + 1) INTO v_id
    FROM blockers WHERE run_id = p_run AND task_id IS NOT DISTINCT FROM p_task;
  INSERT INTO blockers (id, run_id, task_id, reason, question, turn)
    VALUES (v_id, p_run, p_task, p_reason, p_question, p_turn)
    ON CONFLICT (run_id, COALESCE(task_id, ''), reason) WHERE resolved_at IS NULL DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_task IS NOT NULL THEN
    PERFORM move_task(p_run, p_task, 'blocked', p_question);
  END IF;
  PERFORM append_event(p_run, p_task, 'blocker.raised',
    jsonb_build_object('blockerId', v_id, 'reason', p_reason, 'question', p_question));
  RETURN true;
END $$;
