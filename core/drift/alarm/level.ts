import type { Pipeline } from '../../declaration/pipeline.ts';
import { excess, thresholdsOf } from '../distances/index.ts';
import type { Level, Verdict } from '../verdict.ts';
import type { Alarm } from './alarm.ts';

/** A column whose distance is so many times its threshold is reason enough for a new model by itself. */
const FAR = 2;

/**
 * The level of a check with an alarm. Without one everything is as usual, however large the distances; with one the data
 * drift, severely when distances show that it matters: by the share of the columns, or by the largest alarmed column.
 */
export function levelOfAlarm(
  { raised }: Alarm,
  { level, columns, abstained }: Pick<Verdict, 'level' | 'columns' | 'abstained'>,
  drift: Pipeline['drift'],
): Level {
  if (raised.length === 0 || abstained !== null) return 'stable';
  if (level === 'severe') return 'severe';
  const far = columns.some(
    ({ column, distances }) =>
      raised.some((one) => one.column === column) && excess(distances, thresholdsOf(drift, column)) >= FAR,
  );
  return far ? 'severe' : 'drifting';
}
