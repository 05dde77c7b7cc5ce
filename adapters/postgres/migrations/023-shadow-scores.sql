-- Scores of shadows, each beside the answer of another version, until labels tell which was better.
create table shadow_scores (
  pipeline   text        not null,
  generation int         not null, -- of the traffic
  version    int         not null,
  prediction uuid        not null, -- the logged answer, with its time
  time       timestamptz not null,
  score      float8      not null,
  primary key (pipeline, generation, version, prediction)
);

-- What labels said of a version after it got all traffic. null: nothing yet, or nobody asked them.
alter table rollouts add column confirmation jsonb;
