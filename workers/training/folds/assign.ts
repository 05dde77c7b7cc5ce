import { labelsOf } from '../reading.ts';
import { hash53 } from '../../../core/base/hash-53.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { ENTITY, KEY, LABEL, TIME } from '../../../core/data/data.ts';
import { type Analytics } from '../../../core/data/analytics.ts';
import { DAY } from '../../../core/time/time.ts';
import { type Folds } from '../../../core/training/splits/folds.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** With fewer days than this for each fold, days say too little of each other: rows are dealt one by one. */
const DAYS_PER_FOLD = 2;

/** Rows that stay together. */
interface Unit {
  name: string;
  rows: number[];
  /** The rows with a positive label, or of each class; of a number, none. */
  counts: number[];
  /** Which of these counts the unit is dealt by: of the classes that it has, the rarest; -1: it has none. */
  by: number;
}

/**
 * The fold of each row of the train and then of the selection split. Equal shares of positives, or of each class from the
 * rarest on, then of rows; the same rows and seed give the same folds. null if there are too few units for it with a
 * positive (or without one), or with one of the classes.
 */
export async function assignFolds(
  job: TrainingJob,
  folds: Folds,
  analytics: Analytics,
  log: (line: string) => void = () => {},
): Promise<Uint8Array | null> {
  const { units, rows } = await unitsOf(job, folds.by, analytics);
  const { count } = folds;
  const days = fewest(job, units);
  const oneByOne = folds.by === 'day' && days.units < DAYS_PER_FOLD * count;
  const dealt = oneByOne ? (await unitsOf(job, 'key', analytics)).units : units;
  const least = fewest(job, dealt);
  const others = job.labelKind === 'binary' ? dealt.length - least.units : Infinity;
  if (least.units >= count && dealt.length >= (job.labelKind === 'number' ? 1 : 2) * count) {
    const having = job.labelKind === 'binary' ? ' with a positive label' : days.of;
    if (oneByOne)
      log(
        `Training ${job.candidate.name} in folds that divide days: ${count} folds of whole days need ` +
          `${DAYS_PER_FOLD * count} that have rows${having}, and there are ${days.units}`,
      );
    return deal(dealt, rows, count);
  }
  if (!folds.declared) return null;
  throw new UserError(
    'TOO_FEW_ROWS',
    `${neededInWords(job, folds)}; there are ${least.units}${least.of}${others === Infinity ? '' : ` and ${others}`}. ` +
      'Declare fewer folds (splits.folds), or a longer source.history.',
  );
}

/** neededInWords({ labelKind: 'class' }, { count: 5, by: 'day' }) // => "5 folds need as many rows of each class" */
export function neededInWords({ labelKind }: Pick<TrainingJob, 'labelKind'>, { count, by }: Folds): string {
  const what = by === 'entity' ? 'entities or groups' : 'rows';
  const needed = { binary: ' with a positive label, and as many others', class: ' of each class', number: '' };
  return `${count} folds need as many ${what}${needed[labelKind]}`;
}

/** How many units have a positive label, or the class that fewest have. */
function fewest({ labelKind, classes = [] }: TrainingJob, units: readonly Unit[]): { units: number; of: string } {
  if (labelKind === 'number') return { units: units.length, of: '' };
  const counted = (labelKind === 'binary' ? [''] : classes.map((name) => ` of ${name}`)).map((of, place) => ({
    units: units.reduce((sum, { counts }) => sum + (counts[place]! > 0 ? 1 : 0), 0),
    of,
  }));
  return counted.reduce((least, each) => (each.units < least.units ? each : least));
}

async function unitsOf(
  job: TrainingJob,
  by: Folds['by'],
  analytics: Analytics,
): Promise<{ units: Unit[]; rows: number }> {
  const own = { entity: ENTITY, day: TIME, key: KEY }[by] as typeof ENTITY;
  const units = new Map<string, Unit>();
  const width = { binary: 1, class: job.classes?.length ?? 0, number: 0 }[job.labelKind];
  const countOf = { binary: (label: number) => label - 1, class: (label: number) => label, number: () => -1 }[
    job.labelKind
  ];
  let rows = 0;
  for (const split of ['train', 'selection'] as const)
    for await (const chunk of analytics.readSplit(job.trainingSet, split, [], [own, KEY, LABEL])) {
      const labels = labelsOf(chunk);
      for (let i = 0; i < chunk.rows; i++) {
        const value = chunk.own[own]![i];
        const name =
          by === 'day'
            ? `${Math.floor(Number(value) / DAY)}`
            : value == null
              ? `key ${String(chunk.own[KEY]![i])}`
              : String(value);
        const unit = units.get(name) ?? { name, rows: [], counts: Array.from({ length: width }, () => 0), by: -1 };
        units.set(name, unit);
        unit.rows.push(rows++);
        const counted = countOf(Number(labels[i]));
        if (counted >= 0) unit.counts[counted]!++;
      }
    }
  const all = [...units.values()];
  const totals = Array.from({ length: width }, (_, place) => all.reduce((sum, { counts }) => sum + counts[place]!, 0));
  const order = totals.map((_, place) => place).sort((a, b) => totals[a]! - totals[b]! || a - b);
  for (const unit of all) unit.by = order.find((place) => unit.counts[place]! > 0) ?? -1;
  const turn = ({ by }: Unit): number => (by < 0 ? width : order.indexOf(by));
  const placed = all.map((unit) => ({ unit, turn: turn(unit), at: hash53(`${job.seed}/fold/${unit.name}`) }));
  placed.sort(
    (a, b) => a.turn - b.turn || held(b.unit) - held(a.unit) || b.unit.rows.length - a.unit.rows.length || a.at - b.at,
  );
  return { units: placed.map(({ unit }) => unit), rows };
}

const held = ({ counts, by }: Unit): number => (by < 0 ? 0 : counts[by]!);

/** Each unit to the fold with the fewest so far of what it is dealt by, or, being dealt by nothing, with the fewest rows. */
function deal(units: readonly Unit[], rows: number, count: number): Uint8Array {
  const folds = Array.from({ length: count }, (_, fold) => ({
    fold,
    counts: units[0]!.counts.map(() => 0),
    rows: 0,
  }));
  const of = new Uint8Array(rows);
  for (const unit of units) {
    const { by } = unit;
    const to = folds.reduce((best, each) => {
      const less = (by < 0 ? 0 : each.counts[by]! - best.counts[by]!) || each.rows - best.rows;
      return less < 0 ? each : best;
    });
    for (const [place, counted] of unit.counts.entries()) to.counts[place]! += counted;
    to.rows += unit.rows.length;
    for (const row of unit.rows) of[row] = to.fold;
  }
  return of;
}
