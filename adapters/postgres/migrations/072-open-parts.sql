-- Each check looks for the newest partitions that were still open when they were extracted.
create index parts_by_time on parts (pipeline, to_time);
