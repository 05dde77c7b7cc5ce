import { createRandom } from '../../core/base/random.ts';

/** Ten columns: seven of numbers, two of levels, one flag. */
export const columns = [
  { name: 'plain', kind: 'number' },
  { name: 'amount', kind: 'number' }, // long-tailed
  { name: 'extreme', kind: 'number' }, // very long-tailed
  { name: 'sometimes', kind: 'number' }, // mostly zero
  { name: 'count', kind: 'number' },
  { name: 'weekly', kind: 'number' },
  { name: 'gaps', kind: 'number' }, // a few nulls
  { name: 'kind', kind: 'category' },
  { name: 'product', kind: 'category' }, // a long tail of levels, and a new one now and then
  { name: 'flag', kind: 'category' },
] as const;
const K = columns.length;
/** Where levels end, in deviations of what is behind them. */
const KINDS = [-1.2, -0.7, -0.3, 0.1, 0.5, 1, 1.6];
const NULLS = 0.02;

/** What happens to the rows from an hour on. */
export interface Change {
  name: string;
  /** Deviations that are added, by column. */
  added?: Record<string, number>;
  /** Deviations added over so many hours, from nothing. */
  within?: number;
  nulls?: number;
  swapped?: boolean;
  factor?: number;
}

export interface StreamOptions {
  seed: number;
  perDay: number;
  hours: number;
  /** Whether means wander from day to day by 0.15 deviations, too. */
  wanders: boolean;
}

/** Rows of an hour, by column; NaN is a null, levels are numbers. */
export type HourRows = readonly Float64Array[];

/**
 * An application's rows, hour by hour, any hour by itself: more by day than by night and at weekends, columns that share
 * causes, customers who send several rows, a rhythm of days and weeks, means that wander within hours and within a month.
 */
export function createStream({ seed, perDay, hours, wanders }: StreamOptions) {
  const random = createRandom(`${seed}/wander`);
  const hourly = walk(random, hours, 6, 0.02);
  const slow = walk(random, hours, 30 * 24, 0.02);
  const daily = wanders ? walk(random, hours, 24, 0.15) : null;
  const customers = Math.max(20, Math.round(perDay / 2));
  const effects = Float32Array.from({ length: customers * K }, () => random.normal());
  const newLevels = Array.from({ length: Math.ceil(hours / 1_000) }, (_, i) => ({
    from: Math.floor(i * 1_000 + 1_000 * random.uniform()),
    share: 0.006 * random.uniform(),
  }));

  function rowsAt(hour: number, change?: Change, changedAt = Infinity): HourRows {
    const random = createRandom(seed * 1_000_003 + hour);
    const [ofDay, day] = [hour % 24, Math.floor(hour / 24) % 7];
    const busy = (0.55 + 0.45 * Math.sin(((ofDay - 9) / 24) * 2 * Math.PI)) / 0.55;
    const mean = (perDay / 24) * busy * (day >= 5 ? 0.7 : 1.12);
    const rows = Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
    const found = columns.map(() => new Float64Array(rows));
    const means = columns.map((_, c) => {
      const rhythm = 0.3 * Math.sin(((ofDay + 2.4 * c) / 24) * 2 * Math.PI) + (day >= 5 ? 0.15 * ((c % 3) - 1) : 0);
      return rhythm + hourly(hour, c) + slow(hour, c) + (daily?.(hour, c) ?? 0);
    });
    const now = hour >= changedAt ? change : undefined;
    const grown = now?.within ? Math.min(1, (hour - changedAt + 1) / now.within) : 1;
    columns.forEach(({ name }, c) => (means[c]! += (now?.added?.[name] ?? 0) * grown));
    let customer = random.integer(customers);
    for (let i = 0; i < rows; i++) {
      if (random.uniform() < 0.5) customer = random.integer(customers);
      const cause = random.normal() * 0.45;
      for (let c = 0; c < K; c++) {
        const z =
          means[c]! + (c % 2 === 0 ? cause : -cause) + 0.5 * effects[customer * K + c]! + 0.74 * random.normal();
        found[c]![i] = valueOf(c, z, random.uniform(), now, hour);
      }
    }
    return found;
  }

  function valueOf(c: number, z: number, chance: number, change: Change | undefined, hour: number): number {
    switch (c) {
      case 0:
        return z;
      case 1:
        return 20 * Math.exp(z) * (change?.factor ?? 1);
      case 2:
        return Math.exp(2 * z);
      case 3:
        return z < 0.4 ? 0 : Math.exp(z);
      case 4:
        return Math.floor(3 * Math.exp(0.7 * z));
      case 5:
        return chance < (change?.nulls ?? 0) ? NaN : 50 + 10 * z;
      case 6:
        return chance < NULLS ? NaN : z;
      case 7: {
        const level = KINDS.findIndex((end) => z < end);
        const kind = level < 0 ? KINDS.length : level;
        return change?.swapped ? (kind === 3 ? 7 : kind === 7 ? 3 : kind) : kind;
      }
      case 8: {
        let from = 0;
        for (let i = 0; i < newLevels.length && newLevels[i]!.from <= hour; i++) {
          from += newLevels[i]!.share;
          if (chance < from) return 100 + i;
        }
        return Math.floor(30 * (1 / (1 + Math.exp(-z - 0.8 * (chance - 0.5)))) ** 2);
      }
      default:
        return z > 1 ? 1 : 0;
    }
  }
  return { rowsAt };
}
export type Stream = ReturnType<typeof createStream>;

/** What a model that looks at six of the columns makes of a row. */
export function scoreOf(rows: HourRows, row: number): number {
  const [plain, amount, , , count, weekly, , kind, , flag] = rows.map((values) => values[row]!);
  const logit =
    0.8 * plain! +
    0.5 * Math.log(amount! / 20) +
    0.3 * Math.log1p(count!) +
    (Number.isNaN(weekly!) ? 0 : 0.04 * (weekly! - 50)) +
    (kind! >= 5 ? 0.5 : 0) +
    0.7 * flag! -
    2;
  return 1 / (1 + Math.exp(-logit));
}

/** A mean for each hour and column that forgets within so many hours; half of it is common to all columns. */
function walk(random: ReturnType<typeof createRandom>, hours: number, forgetsHours: number, deviation: number) {
  const keeps = Math.exp(-1 / forgetsHours);
  const step = deviation * Math.sqrt(1 - keeps * keeps);
  const values = new Float32Array(hours * K);
  const state = columns.map(() => random.normal(0, deviation));
  for (let hour = 0; hour < hours; hour++) {
    const common = random.normal();
    for (let c = 0; c < K; c++) {
      state[c] = state[c]! * keeps + step * (0.7071 * common + 0.7071 * random.normal());
      values[hour * K + c] = state[c]!;
    }
  }
  return (hour: number, c: number): number => values[hour * K + c]!;
}
