-- The name of a commit has 64 digits in a repository whose objects are named by SHA-256.
ALTER TABLE runs DROP CONSTRAINT runs_base_is_a_commit,
  ADD CONSTRAINT runs_base_is_a_commit CHECK (base ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');
ALTER TABLE runs DROP CONSTRAINT runs_tip_is_a_commit,
  ADD CONSTRAINT runs_tip_is_a_commit CHECK (tip ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');
ALTER TABLE tasks DROP CONSTRAINT tasks_commit_is_a_commit,
  ADD CONSTRAINT tasks_commit_is_a_commit CHECK (commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');
