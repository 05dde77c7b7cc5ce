import { labelsOf } from '../reading.ts';
import { hash53 } from '../../../core/base/hash-53.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { ENTITY, KEY, LABEL, TIME } from '../../../core/data/data.ts';
import { type Analytics } from '../../../core/data/analytics.ts';
import { DAY } from '../../../core/time/time.ts';
import { type Folds } from '../../../core/training/folds.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** With fewer days than this for each fold, days say too little of each other: rows are dealt one by one. */
const DAYS_PER_FOLD = 2;

/** Rows that stay together. */
interface Unit {
  name: string;
  rows: number[];
  positives: number;
}

/**
 * The fold of each row of the train and then of the selection split. Equal shares of positives first, then of rows; the
 * same rows and seed give the same folds. null if there are too few units with a positive (or without one) for it.
 */
export async function assignFolds(job: TrainingJob, folds: Folds, analytics: Analytics): Promise<Uint8Array | null> {
  const { units, rows } = await unitsOf(job, folds.by, analytics);
  const enough = (some: Unit[], each = 1): boolean => some.length >= each * folds.count;
  const withPositive = (some: Unit[]): Unit[] => some.filter(({ positives }) => positives > 0);
  const isNumber = job.labelKind === 'number';
  const tooFew = (some: Unit[]): boolean =>
    isNumber ? !enough(some) : !enough(withPositive(some)) || !enough(some, 2);
  let dealt = units;
  if (folds.by === 'day' && !enough(isNumber ? units : withPositive(units), DAYS_PER_FOLD))
    ({ units: dealt } = await unitsOf(job, 'key', analytics));
  if (!tooFew(dealt)) return deal(dealt, rows, folds.count);
  if (!folds.declared) return null;
  throw new UserError(
    'TOO_FEW_ROWS',
    `${folds.count} folds need as many ${folds.by === 'entity' ? 'entities or groups' : 'rows'}${isNumber ? '' : ' with a positive label, and as many others'}; ` +
      `there are ${isNumber ? dealt.length : `${withPositive(dealt).length} and ${dealt.length - withPositive(dealt).length}`}. ` +
      'Declare fewer folds (splits.folds), or a longer source.history.',
  );
}

async function unitsOf(
  job: TrainingJob,
  by: Folds['by'],
  analytics: Analytics,
): Promise<{ units: Unit[]; rows: number }> {
  const own = { entity: ENTITY, day: TIME, key: KEY }[by] as typeof ENTITY;
  const units = new Map<string, Unit>();
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
        const unit = units.get(name) ?? { name, rows: [], positives: 0 };
        units.set(name, unit);
        unit.rows.push(rows++);
        if (labels[i]) unit.positives++;
      }
    }
  const place = ({ name }: Unit): number => hash53(`${job.seed}/fold/${name}`);
  const placed = [...units.values()].map((unit) => ({ unit, at: place(unit) }));
  placed.sort((a, b) => b.unit.positives - a.unit.positives || b.unit.rows.length - a.unit.rows.length || a.at - b.at);
  return { units: placed.map(({ unit }) => unit), rows };
}

/** Each unit to the fold with the fewest positives so far, or, having none, with the fewest rows. */
function deal(units: readonly Unit[], rows: number, count: number): Uint8Array {
  const folds = Array.from({ length: count }, (_, fold) => ({ fold, positives: 0, rows: 0 }));
  const of = new Uint8Array(rows);
  for (const unit of units) {
    const to = folds.reduce((best, each) => {
      const less =
        unit.positives > 0 ? each.positives - best.positives || each.rows - best.rows : each.rows - best.rows;
      return less < 0 ? each : best;
    });
    to.positives += unit.positives;
    to.rows += unit.rows.length;
    for (const row of unit.rows) of[row] = to.fold;
  }
  return of;
}
