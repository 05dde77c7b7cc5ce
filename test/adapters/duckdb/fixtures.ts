import { type Columns } from '../../../core/columns/index.ts';
import { queryParquet, writeParquet } from '../../support/data/parquet.ts';

export const columns: Columns = {
  amount: { kind: 'number', nulls: 1 },
  country: { kind: 'category', nulls: 1 },
  online: { kind: 'boolean', nulls: 1 },
  hour: { kind: 'hour' },
};

/** One row a minute from the first of January on; about a third positive by `fraud`. */
export const rowsSql = (rows: number, first = 0): string => `
  select 'k' || n as _key, timestamp '2026-01-01' + to_minutes(n) as _time, 'card ' || n % 50 as _entity,
    case when n % 10 = 3 then null else (n * 7919) % 1000 / 10.0 end::double as amount,
    case n % 7 when 0 then null when 1 then '' when 2 then 'it''s' else 'C' || n % 5 end as country,
    n % 3 = 0 as online, hour(_time)::double as hour
  from (select unnest(range(${first}, ${first + rows}))::int as n)`;

export interface Fact {
  key: string;
  value: number | null;
  observedAt: string;
}

export const factsSql = (facts: readonly Fact[]): string =>
  `select key as _key, observed::timestamp as _time, null::varchar as _entity, value::double as fraud
   from (values ('', '2026-01-01', 0.0)${facts.map(({ key, value, observedAt }) => `, ('${key}', '${observedAt}', ${value})`).join('')}) facts(key, observed, value)
   where key <> ''`;

export { queryParquet, writeParquet };
