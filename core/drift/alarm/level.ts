import type { Pipeline } from '../../declaration/pipeline.ts';
import { excess, thresholdsOf } from '../distances/index.ts';
import type { Level, Verdict } from '../verdict.ts';
import type { JudgedAlarm } from '../warned.ts';

type Judged = Pick<Verdict, 'level' | 'columns' | 'score' | 'abstained'>;

/** A column whose distance is so many times its threshold is reason enough for a new model by itself. */
const FAR = 2;

/** What an alarm said, or why it could not; neither where the share of drifted columns is declared to judge. */
export type Told = Pick<Verdict, 'alarm' | 'unsure' | 'farthest'>;

/**
 * The level of a check. While the alarm cannot tell what is usual, the share of drifted columns warns in its place, but is
 * no reason for a new model: a new pipeline's first day often looks unlike its past.
 */
export function levelOf({ alarm, unsure }: Told, judged: Judged, drift: Pipeline['drift']): Level {
  if (alarm) return levelOfAlarm(alarm, judged, drift);
  return unsure !== undefined && judged.level === 'severe' ? 'drifting' : judged.level;
}

/**
 * The level of a check with an alarm. Without one everything is as usual, however large the distances; with one the data
 * drift, severely when distances show that it matters: by the share of the columns, or by the largest alarmed column, or score.
 * Columns that it is blind for warn in its place, and are no reason for a new model by themselves.
 */
export function levelOfAlarm(
  { raised, warned = [] }: JudgedAlarm,
  { level, columns, score, abstained }: Judged,
  drift: Pipeline['drift'],
): Level {
  if (abstained !== null) return 'stable';
  if (raised.length === 0) return warned.length > 0 ? 'drifting' : 'stable';
  if (level === 'severe') return 'severe';
  const far = [...columns, ...(score ? [score] : [])].some(
    ({ column, distances }) =>
      raised.some((one) => one.column === column) && excess(distances, thresholdsOf(drift, column)) >= FAR,
  );
  return far ? 'severe' : 'drifting';
}
