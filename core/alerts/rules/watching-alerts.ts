import type { Verdict } from '../../drift/verdict.ts';
import { DAY, shortTime } from '../../time/time.ts';
import type { Occurrence } from '../alerts.ts';
import { about } from '../occurrence.ts';

/** A new pipeline needs days to learn what is usual; a quiet weekend is soon over. */
const PATIENCE_DAYS = { new: 7, toldBefore: 3 };
const AGAIN_DAYS = 7;

/** The alert for drift that no check has been able to tell for long; null when one can, or it is too early to say. */
export function unwatchedAlert(verdict: Verdict): Occurrence | null {
  const { pipeline, asOf, unwatched, abstained, unsure = '' } = verdict;
  if (!unwatched) return null;
  const days = (Date.parse(asOf) - Date.parse(unwatched.since)) / DAY;
  if (days < PATIENCE_DAYS[unwatched.toldBefore ? 'toldBefore' : 'new']) return null;
  const since = shortTime(unwatched.since);
  return about('unwatched', pipeline, {
    occasion: `since/${unwatched.since}/${Math.floor(days / AGAIN_DAYS)}`,
    severity: 'warning',
    summary:
      abstained === null
        ? `${pipeline}: the drift alarm has not been able to judge since ${since}`
        : `${pipeline}: no check has been able to tell of drift since ${since}`,
    detail:
      (abstained === null
        ? `${unsure.charAt(0).toUpperCase()}${unsure.slice(1)}.\nMeanwhile the share of drifted columns warns in its place, and asks for no model. ` +
          'The alarm learns from the rows that a champion was trained on, and needs traffic to judge: train on more days, or send ' +
          "more rows. To let the share judge alone, declare drift.falseAlarms: 'off'."
        : `${abstained}\nNothing notices if the data drift meanwhile. ` +
          'Send more rows, or let a check look at a longer time (drift.window) or take fewer rows (drift.minRows). ' +
          "If the pipeline only predicts batches, let it check the source's rows: drift.of: 'data'.") +
      ` To see the checks: perennial report ${pipeline}`,
    at: asOf,
  });
}
