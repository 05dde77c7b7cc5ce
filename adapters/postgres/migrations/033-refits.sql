-- Whether a row names an object is asked of every object that is old.
create index training_runs_by_refit on training_runs ((winner -> 'refit' ->> 'objectKey'));
