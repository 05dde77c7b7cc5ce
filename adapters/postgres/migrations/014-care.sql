-- Whether a row names an object is asked of every object that is old.
create index parts_by_object on parts (object_key);
create index batch_parts_by_object on batch_parts (object_key);
create index model_versions_by_object on model_versions (object_key);
create index training_runs_by_set on training_runs ((training_set ->> 'objectKey'));
create index training_runs_by_winner on training_runs ((winner ->> 'objectKey'));
create index candidates_by_object on candidates ((result ->> 'objectKey'));
create index verdicts_by_report on verdicts ((verdict ->> 'reportKey'));
