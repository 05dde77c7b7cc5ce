-- Why nothing could be said of a day: it is not tried again. null: something was, or an earlier release did not note it.
alter table performance_estimates add column withheld text;
