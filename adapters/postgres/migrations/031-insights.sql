-- What a winner goes by: apart from its evaluation, which is read for lists of versions too.
alter table training_runs add column insight jsonb;
