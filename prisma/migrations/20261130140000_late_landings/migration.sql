-- Records the landing of a merge batch: all of it or nothing (false). Nothing when the tip is no longer p_from, when a
-- landing of these attempts is recorded already, or when a person has accepted one of them since it was read.
-- p_landed: [{task, attempt, accepted, commit, files, explanation}] in order, commit null for an empty change.
-- p_requeued: [{task, attempt, accepted, turn, outcome, test, files, reply}], requeued to their agents; test null for a
-- conflict.
CREATE OR REPLACE FUNCTION land_tasks(p_run text, p_from text, p_to text, p_landed jsonb, p_requeued jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_item jsonb;
BEGIN
  PERFORM 1 FROM tasks WHERE run_id = p_run
    AND id IN (SELECT item ->> 'task' FROM jsonb_array_elements(p_landed || p_requeued) AS item)
    ORDER BY id FOR NO KEY UPDATE;
  -- The tip does not reveal every repeat: a batch that lands no change leaves it in place.
  IF EXISTS (SELECT FROM jsonb_array_elements(p_landed || p_requeued) AS item
      JOIN attempts ON run_id = p_run AND task_id = item ->> 'task' AND number = (item ->> 'attempt')::int
      WHERE landing IS NOT NULL OR accepted <> (item ->> 'accepted')::boolean) THEN
    RETURN false;
  END IF;
  -- What was verified is not the tip any more.
  UPDATE runs SET tip = p_to, verified = CASE WHEN p_to = p_from THEN verified END
    WHERE id = p_run AND tip = p_from;
  IF NOT FOUND THEN RETURN false; END IF;
  FOR v_item IN SELECT * FROM jsonb_array_elements(p_landed) LOOP
    UPDATE attempts SET landing = 'landed'
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'attempt')::int;
    UPDATE tasks SET
        commit = v_item ->> 'commit',
        files_modified = ARRAY(SELECT jsonb_array_elements_text(v_item -> 'files')),
        output = v_item ->> 'explanation'
      WHERE run_id = p_run AND id = v_item ->> 'task';
    PERFORM append_event(p_run, v_item ->> 'task', 'merge.finished', jsonb_strip_nulls(jsonb_build_object(
      'outcome', 'landed', 'commit', v_item ->> 'commit', 'files', v_item -> 'files')));
    PERFORM move_task(p_run, v_item ->> 'task', 'completed');
  END LOOP;
  FOR v_item IN SELECT * FROM jsonb_array_elements(p_requeued) LOOP
    UPDATE attempts SET landing = v_item ->> 'outcome', merge_test_id = (v_item ->> 'test')::int,
        next_start = v_item ->> 'start', next_draft = v_item ->> 'draft'
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'attempt')::int;
    UPDATE model_turns SET reply = v_item ->> 'reply',
        shown = shown || ARRAY(SELECT jsonb_array_elements_text(v_item -> 'shown')),
        known_blobs = known_blobs || ARRAY(SELECT jsonb_array_elements_text(v_item -> 'knownBlobs'))
      WHERE run_id = p_run AND task_id = v_item ->> 'task' AND number = (v_item ->> 'turn')::int;
    PERFORM append_event(p_run, v_item ->> 'task', 'merge.finished', jsonb_build_object(
      'outcome', v_item ->> 'outcome', 'files', v_item -> 'files'));
  END LOOP;
  RETURN true;
END $$;
