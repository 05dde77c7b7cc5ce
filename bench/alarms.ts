import type { Bench, BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { agreement } from './alarms/evidently.ts';
import { QUARTER, quietQuarters } from './alarms/examples.ts';
import { ourSide, ourSideWithScore } from './alarms/ours.ts';
import { peerSide, pointsOf } from './alarms/peer.ts';
import {
  addPlayed,
  changes,
  nothingPlayed,
  PATIENCE,
  playYear,
  TRIALS_A_YEAR,
  YEAR,
  type Played,
} from './alarms/play.ts';
import { usualRate } from '../core/drift/alarm/rate.ts';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Rows a day, and pipeline-years of them. In half of those, means wander by days, too. */
const traffic = [
  { perDay: 100, years: 8 },
  { perDay: 500, years: 8 },
  { perDay: 2_000, years: 8 },
  { perDay: 20_000, years: 6 },
];
/** What we are asked to promise: points of our curve, each a year played by itself. */
const rates = [usualRate, '1 a week', '14 a week', '45 a week', '50 a week', '75 a week', '99 a week'];
const ourSides = rates.map(ourSide);
const withScore = ourSideWithScore(usualRate);
const sides = [...ourSides, withScore, peerSide];
const ourPoints = ourSides.flatMap(({ points }) => points);
const ours = ourPoints[0]!;

/** By point of all curves. */
type Curve = Map<string, Played>;

export const bench: Bench = {
  summary:
    'Drift alarms over 30 pipeline-years of hourly checks: how many are false, and how soon changes are found, by how ' +
    "many false ones are allowed; Evidently's default preset, any column or half of them, at its thresholds and at larger " +
    "ones. --only '2,000 rows' for one kind of traffic, --only 'quiet quarter' for both examples, --seeds N for N years of each, --trials N for N trials of each change a year instead of two, --into FILE to keep what was played",
  async run(report, { only, seeds, trials = TRIALS_A_YEAR, into }) {
    const rows: BenchRow[] = [];
    if (only === undefined) rows.push(await agreement(report));
    if (only === undefined || QUARTER.includes(only)) rows.push(...(await quietQuarters(report, seeds ?? 1)));
    const known = into === undefined ? new Map<string, Played[]>() : playedBefore(into);
    const everyKind = curve();
    for (const wanders of [false, true])
      for (const { perDay, years } of traffic) {
        const kind = `${perDay.toLocaleString('en-US')} rows a day${wanders ? ', wandering by 0.15 sd' : ''}`;
        if (only !== undefined && !kind.includes(only)) continue;
        const found = curve();
        const count = seeds ?? years / 2;
        for (let seed = 1; seed <= count; seed++)
          for (const side of sides) {
            const year = { kind, seed, side: side.name, ...(trials !== TRIALS_A_YEAR && { trials }) };
            const key = keyOf(year);
            const played = known.get(key) ?? playYear(side, { perDay, wanders }, seed, trials);
            const line = `${JSON.stringify({ ...year, played })}\n`;
            if (into !== undefined && !known.has(key)) appendFileSync(into, line);
            side.points.forEach((point, i) => {
              addPlayed(found.get(point)!, played[i]!);
              addPlayed(everyKind.get(point)!, played[i]!);
            });
            report(`${kind}, year ${seed} of ${count}, ${side.name}: ${played[0]!.alarms} false alarms`);
          }
        for (const [point, played] of found) report(`${kind}, ${point}: ${inWords(played)}`);
        rows.push(...rowsOf(kind, found));
      }
    if (everyKind.get(ours)!.years === 0) return rows;
    rows.push(...falseAlarms(`${everyKind.get(ours)!.years} years of all kinds`, everyKind, defaults));
    return rows;
  },
};

const curve = (): Curve => new Map(sides.flatMap(({ points }) => points.map((point) => [point, nothingPlayed()])));

interface Year {
  kind: string;
  seed: number;
  side: string;
  /** Absent if as usual. */
  trials?: number;
}
const keyOf = ({ kind, seed, side, trials }: Year): string => [kind, seed, side, trials ?? ''].join('/');

/** What earlier runs played, a line a year of one side. */
function playedBefore(file: string): Map<string, Played[]> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const all = lines.map((line) => JSON.parse(line) as Year & { played: Played[] });
  return new Map(all.map((year) => [keyOf(year), year.played]));
}

const perYear = ({ alarms, years }: Played): number => alarms / years;
const timeAlarmed = ({ hours, years }: Played): number => (100 * hours) / (years * YEAR);
/** In hours; null: it alarmed whenever something changed. */
function typicalDelay({ delays }: Played, change: string): number | null {
  const found = (delays[change] ?? []).map((hours) => hours ?? Infinity);
  return found.length === 0 ? null : Math.min(PATIENCE, median(found));
}

function inWords(played: Played): string {
  const found = changes.map(({ name }) => {
    const hours = typicalDelay(played, name);
    return `${name} ${hours === null ? '-' : hours === PATIENCE ? 'not found' : `${hours} h`}`;
  });
  const share = timeAlarmed(played).toFixed(1);
  return `${perYear(played).toFixed(2)} false alarms a year, ${share} % of the time; ${found.join(', ')}`;
}

const defaults = [pointsOf('column')[0]!, pointsOf('dataset')[0]!];

/** Evidently as it is, and with the smallest thresholds by which it alarms no more often than we promise to. */
function rowsOf(kind: string, found: Curve): BenchRow[] {
  const quiet = (['column', 'dataset'] as const).flatMap((rule) => {
    const point = pointsOf(rule).find((point) => perYear(found.get(point)!) <= 1);
    return point === undefined || defaults.includes(point) ? [] : [point];
  });
  const peers = [...defaults, ...quiet];
  const delays = peers.flatMap((point) =>
    changes.map(({ name }) => {
      const mine = typicalDelay(found.get(ours)!, name) ?? PATIENCE;
      return compared(`${kind}: ${name}`, mine, typicalDelay(found.get(point)!, name), point, 'h');
    }),
  );
  return [
    ...falseAlarms(kind, found, peers),
    ...delays,
    ...defaults.flatMap((point) => atItsRate(kind, found, point)),
    ...besideScore(kind, found),
  ];
}

/** What the vote of a model's score costs, and finds. */
function besideScore(kind: string, found: Curve): BenchRow[] {
  const [mine, without] = [found.get(withScore.points[0]!)!, found.get(ours)!];
  const title = `${kind}, with a score`;
  const row = (what: string, value: number, other: number | null, unit: string): BenchRow => ({
    ...compared(`${title}: ${what}`, value, other, '', unit),
    peerName: 'ours without a score',
  });
  return [
    row('false alarms', perYear(mine), perYear(without), 'a year'),
    ...changes.map(({ name }) => row(name, typicalDelay(mine, name) ?? PATIENCE, typicalDelay(without, name), 'h')),
  ];
}

/** What we find where we may be false as often as Evidently is as it comes: our point with the most false alarms that has no more. */
function atItsRate(kind: string, found: Curve, point: string): BenchRow[] {
  const its = found.get(point)!;
  const ofOurs = ourPoints.findLast((one) => perYear(found.get(one)!) <= perYear(its)) ?? ours;
  const mine = found.get(ofOurs)!;
  const title = `${kind}, ${ofOurs}`;
  return [
    compared(`${title}: false alarms`, perYear(mine), perYear(its), point, 'a year'),
    compared(`${title}: falsely alarmed`, timeAlarmed(mine), timeAlarmed(its), point, '% of the time'),
    ...changes.map(({ name }) =>
      compared(`${title}: ${name}`, typicalDelay(mine, name) ?? PATIENCE, typicalDelay(its, name), point, 'h'),
    ),
  ];
}

const falseAlarms = (kind: string, found: Curve, peers: readonly string[]): BenchRow[] =>
  peers.flatMap((point) => {
    const [mine, its] = [found.get(ours)!, found.get(point)!];
    return [
      compared(`${kind}: false alarms`, perYear(mine), perYear(its), point, 'a year'),
      compared(`${kind}: falsely alarmed`, timeAlarmed(mine), timeAlarmed(its), point, '% of the time'),
    ];
  });

// prettier-ignore
function compared(name: string, mine: number, peer: number | null, point: string, unit: string): BenchRow {
  const ratio = peer === null || mine === 0 ? null : peer / mine;
  return { case: name, ours: mine, peer, peerName: `Evidently, ${point}`, unit, ratio };
}
