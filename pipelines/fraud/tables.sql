create table if not exists transactions (
  transaction_id text primary key,
  card_id text not null,
  occurred_at timestamptz not null,
  amount double precision not null,
  amount_to_usual double precision not null,
  merchant_category text not null,
  distance_from_home double precision, -- null when the terminal sent no location
  transactions_24h integer not null,
  device text not null,
  country text not null,
  account_age_days integer not null,
  is_online boolean not null
);
create index if not exists transactions_occurred_at on transactions (occurred_at);

-- Facts are added, never changed: a chargeback that is taken back is a second row with a later time and false.
create table if not exists chargebacks (
  transaction_id text not null,
  is_fraud boolean not null,
  observed_at timestamptz not null,
  primary key (transaction_id, observed_at)
);
create index if not exists chargebacks_observed_at on chargebacks (observed_at);
