-- The verdict of `verify`, whose output the page shows. It goes with its run.
ALTER TABLE runs ADD COLUMN verify_test_id integer;
