import type { Bench, BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { agreement } from './alarms/evidently.ts';
import { watchOurs } from './alarms/ours.ts';
import { watchPeer } from './alarms/peer.ts';
import { createStream, type Change } from './alarms/stream.ts';
import type { Watcher } from './alarms/watcher.ts';

/** The training set's hours, and those of it that are held out: Evidently's reference. */
const [TRAINED, HOLDOUT] = [28 * 24, 7 * 24];
const YEAR = 365 * 24;
/** A change that is not found by then is not found. */
const PATIENCE = 14 * 24;
const TRIALS_A_YEAR = 2;

/** Rows a day, and pipeline-years of them. */
const traffic = [
  { perDay: 100, years: 8 },
  { perDay: 500, years: 8 },
  { perDay: 2_000, years: 8 },
  { perDay: 20_000, years: 6 },
];

const added = (deviations: number, ...columns: string[]): Record<string, number> =>
  Object.fromEntries(columns.map((column) => [column, deviations]));
const three = ['plain', 'weekly', 'gaps'];
const changes: Change[] = [
  ...[0.25, 0.5, 1].map((by) => ({ name: `${by} sd in 1 of 10`, added: added(by, 'plain') })),
  ...[0.25, 0.5, 1].map((by) => ({ name: `${by} sd in 3 of 10`, added: added(by, ...three) })),
  { name: '20 % nulls', nulls: 0.2 },
  { name: 'two levels swapped', swapped: true },
  { name: 'another unit', factor: 100 },
  { name: '1 sd within two weeks', added: added(1, 'plain'), within: PATIENCE },
];

const parties = ['ours', 'column', 'dataset'] as const;
type Party = (typeof parties)[number];
type ByParty<T> = Record<Party, T>;
const each = <T>(make: (party: Party) => T): ByParty<T> =>
  Object.fromEntries(parties.map((party) => [party, make(party)])) as ByParty<T>;

/** What came of some years. */
interface Played {
  alarms: ByParty<number>;
  hours: ByParty<number>;
  delays: Map<string, ByParty<number[]>>;
}

export const bench: Bench = {
  summary:
    'Drift alarms over 30 pipeline-years of hourly checks: how many are false, and how soon changes are found; ' +
    "Evidently by its default rules, a column or half of them. --only '2,000 rows' for one kind of traffic, --seeds N for N years of each",
  async run(report, { only, seeds }) {
    const rows: BenchRow[] = [];
    if (only === undefined) rows.push(await agreement(report));
    for (const wanders of [false, true])
      for (const { perDay, years } of traffic) {
        const name = `${perDay.toLocaleString('en-US')} rows a day${wanders ? ', wandering by 0.15 sd' : ''}`;
        if (only !== undefined && !name.includes(only)) continue;
        const count = seeds ?? years / 2;
        const played: Played = {
          alarms: each(() => 0),
          hours: each(() => 0),
          delays: new Map(changes.map((change) => [change.name, each(() => [])])),
        };
        for (let year = 0; year < count; year++) {
          playYear({ seed: year + 1, perDay, wanders }, played);
          report(`${name}: ${year + 1} of ${count} years; ours ${played.alarms.ours} false alarms`);
        }
        rows.push(...rowsOf(name, count, played));
      }
    return rows;
  },
};

function playYear({ seed, perDay, wanders }: { seed: number; perDay: number; wanders: boolean }, into: Played): void {
  const stream = createStream({ seed, perDay, hours: TRAINED + YEAR + PATIENCE, wanders });
  const trained = Array.from({ length: TRAINED }, (_, hour) => stream.rowsAt(hour));
  const reference = trained.slice(-HOLDOUT);
  const watchers: ByParty<Watcher> = {
    ours: watchOurs(trained, HOLDOUT),
    column: watchPeer(reference, 'column', trained),
    dataset: watchPeer(reference, 'dataset', trained),
  };
  const alarmed = each(() => false);
  for (let hour = TRAINED; hour < TRAINED + YEAR; hour++) {
    const rows = stream.rowsAt(hour);
    for (const party of parties) {
      const alarms = watchers[party].hour(rows);
      if (alarms && !alarmed[party]) into.alarms[party]++;
      if (alarms) into.hours[party]++;
      alarmed[party] = alarms;
    }
    if ((hour - TRAINED + seed * 101) % Math.floor(YEAR / TRIALS_A_YEAR) !== 0) continue;
    for (const change of changes) {
      const found = each((): number | null => null);
      const copies = each((party) => watchers[party].copy());
      const waiting = new Set(parties.filter((party) => !alarmed[party]));
      for (let after = 1; after <= PATIENCE && waiting.size > 0; after++) {
        const changed = stream.rowsAt(hour + after, change, hour + 1);
        for (const party of waiting)
          if (copies[party].hour(changed)) {
            found[party] = after;
            waiting.delete(party);
          }
      }
      const delays = into.delays.get(change.name)!;
      for (const party of parties) if (!alarmed[party]) delays[party].push(found[party] ?? Infinity);
    }
  }
}

function rowsOf(name: string, years: number, { alarms, hours, delays }: Played): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const [rule, peerName] of [
    ['column', 'Evidently, any column'],
    ['dataset', 'Evidently, half of the columns'],
  ] as const) {
    // prettier-ignore
    const row = (what: string, unit: string, ours: number, peer: number | null): void => {
      const ratio = peer === null || ours === 0 ? null : peer / ours;
      rows.push({ case: `${name}: ${what}`, ours, peer, peerName, unit, ratio });
    };
    row('false alarms', 'a year', alarms.ours / years, alarms[rule] / years);
    row('falsely alarmed', '% of the time', (100 * hours.ours) / (years * YEAR), (100 * hours[rule]) / (years * YEAR));
    for (const [change, found] of delays) {
      const typical = (party: Party): number | null =>
        found[party].length === 0 ? null : Math.min(PATIENCE, median(found[party]));
      row(change, 'h', typical('ours') ?? PATIENCE, typical(rule));
    }
  }
  return rows;
}
