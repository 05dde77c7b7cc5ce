import { addProfiles } from '../../core/data/profiles/profile.ts';
import { errorsAllowed, hourSums, judgeNext, SETTLES_HOURS, type HourSums } from '../../core/drift/alarm/alarm.ts';
import { learnAtOnce } from '../../core/drift/alarm/learning/past.ts';
import { contrastsOf } from '../../core/drift/alarm/contrasts.ts';
import { contrastsOfScore } from '../../core/drift/alarm/own-score.ts';
import type { AlarmState } from '../../core/drift/alarm/state/state.ts';
import { HOUR, instant } from '../../core/time/time.ts';
import { binsOf, createCounter } from './counting.ts';
import { columns, scoreOf, type HourRows } from './stream.ts';
import type { Side, Watcher } from './watcher.ts';

/** A Monday, so that the days of the stream are those of the week. */
const START = Date.parse('2024-01-01T00:00:00.000Z');

/** Our alarm, as a check of each hour raises it, where so many false ones are allowed. */
export const ourSide = (rate: string): Side => ({
  name: `ours, ${rate}`,
  points: [`falseAlarms: '${rate}'`],
  watch: (trained, holdout) => watchOurs(trained, holdout, rate),
});

/** The same beside a model whose scores have a vote. */
export const ourSideWithScore = (rate: string): Side => ({
  name: `ours with a score, ${rate}`,
  points: [`falseAlarms: '${rate}', with a score`],
  watch: (trained, holdout) => watchOurs(trained, holdout, rate, scoreOf),
});

export function watchOurs(
  trained: readonly HourRows[],
  holdout: number,
  rate: string,
  score?: (rows: HourRows, row: number) => number,
): Watcher {
  const binning = binsOf(trained);
  const count = createCounter(binning, score);
  const reference = trained.slice(-holdout).map(count).reduce(addProfiles);
  const inputs = contrastsOf(binning, reference, columns.map(({ name }) => name)); // prettier-ignore
  const contrasts = score ? [...inputs, ...contrastsOfScore(binning, reference)] : inputs;
  const allowed = errorsAllowed(contrasts, rate);
  const sumsOf = (hour: number, rows: HourRows): HourSums =>
    hourSums(contrasts, { hour: instant(START + hour * HOUR), profile: count(rows) });
  const learnt = trained.map((rows, hour) => sumsOf(hour, rows));
  return from({ upTo: instant(START), ...learnAtOnce(inputs, allowed, learnt) }, [], trained.length);

  function from(its: AlarmState, recent: HourSums[], next: number): Watcher {
    return {
      hour(rows) {
        recent.push(sumsOf(next++, rows));
        const { value, done } = judgeNext(its, contrasts, allowed, recent).next();
        if (recent.length > SETTLES_HOURS) recent.shift();
        return [done === true && value.length > 0];
      },
      copy: () => from(structuredClone(its), [...recent], next),
    };
  }
}
