import { UserError } from '../../core/base/errors.ts';
import { logPolicyOf } from '../../core/declaration/serving.ts';
import { type Prediction } from '../../core/data/prediction-log.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, type Instant } from '../../core/time/time.ts';
import { type Metrics } from '../protocols/prometheus.ts';
import { type Spool } from '../shipping/spool.ts';
import { createArmCounts } from './arm-counts.ts';
import { type Known } from './known.ts';
import { type Models } from './models.ts';
import { check, type Checked, type Meeting, type Scored, type Scoring } from './scoring.ts';
import { type Serving } from './serving.ts';
import { type Shadowing } from './shadowing.ts';
import { type Tallying } from './tallying.ts';

/** No request has more rows. */
export const MOST_ROWS = 1_000;
/** Values processed in one turn of the event loop: some milliseconds. */
const VALUES_PER_TURN = 10_000;

/** The answer for one row. */
export interface Answer {
  id: string;
  score: number;
  /** Absent if the score estimates a number. */
  decision?: boolean;
  threshold?: number;
  /** The version that answered; 0: the baseline. */
  version: number;
}

/** The one way from rows to answers, for every protocol. */
export interface Answering {
  /** What serves a pipeline now. Throws PIPELINE_UNKNOWN or NO_CHAMPION. */
  servingOf(pipeline: string): Serving;
  /**
   * Answers every row, in order, and keeps the predictions; or throws and keeps none. A problem names the row by its
   * place, unless it is `alone`.
   */
  answer(serving: Serving, rows: readonly unknown[], alone?: 'alone'): Promise<Answer[]>;
}

export interface AnsweringParts {
  models: Models;
  spool: Pick<Spool, 'admit' | 'append'>;
  clock: Clock;
  metrics: Pick<Metrics, 'predicted'>;
  tallying: Pick<Tallying, 'of'>;
  scoring: Pick<Scoring, 'score'>;
  shadowing: Pick<Shadowing, 'later'>;
}

export function createAnswering(parts: AnsweringParts): Answering {
  const { models, spool, clock, metrics, tallying, scoring, shadowing } = parts;
  async function answersOf(meeting: Meeting, rows: readonly unknown[], alone: boolean): Promise<Answer[]> {
    const { serving } = meeting;
    const policy = logPolicyOf(serving.champion.pipeline);
    spool.admit(policy);
    const checked: Checked[] = [];
    for (const slice of slicesOf(rows, serving)) {
      if (checked.length > 0) await nextTurn();
      for (const row of slice) checked.push(check(meeting, row, alone ? null : checked.length));
    }
    const answers: Answer[] = [];
    const predictions: Prediction[] = [];
    const servedAt = instant(meeting.now); // once: of hundreds of rows it would be a thirtieth of the work
    for (const slice of slicesOf(checked, serving)) {
      if (answers.length > 0) await nextTurn();
      for (const row of slice) {
        const scored = scoring.score(meeting, row);
        answers.push(answerOf(row, scored));
        predictions.push(predictionOf(row, scored, meeting.now, servedAt));
      }
    }
    // Only now: if one row has no score, the request gets an error and leaves nothing.
    for (const slice of slicesOf(predictions, serving)) {
      for (const { pipeline, version } of slice) metrics.predicted(pipeline, version);
      await spool.append(slice, policy);
    }
    return answers;
  }

  return {
    servingOf: (pipeline) => servingOf(models, pipeline),
    async answer(serving, rows, alone) {
      const counts = serving.named ? createArmCounts() : tallying.of(serving);
      const meeting: Meeting = { serving, counts, now: clock.now().getTime(), met: [] };
      try {
        return await answersOf(meeting, rows, alone !== undefined);
      } finally {
        shadowing.later(meeting);
      }
    },
  };
}

function answerOf({ id }: Checked, { version, threshold, score }: Scored): Answer {
  return threshold === null ? { id, score, version } : { id, score, decision: score >= threshold, threshold, version };
}

function predictionOf(
  { id, arm }: Checked,
  { version, threshold, score, valid }: Scored,
  now: number,
  servedAt: Instant,
): Prediction {
  return {
    id,
    pipeline: arm.pipeline.name,
    version,
    key: valid.key ?? id,
    entity: valid.entity,
    time: valid.time === now ? servedAt : instant(valid.time),
    row: valid.row,
    score,
    decision: threshold === null ? null : score >= threshold,
    servedAt,
  };
}

function servingOf(models: Models, name: string): Serving {
  const known = models.get(name);
  const unreadable = models.unreadable.get(name);
  if (!known && unreadable !== undefined) throw noChampion(name, { problem: unreadable });
  if (!known) throw unknownPipeline(models, name);
  if (!known.serving) throw noChampion(name, known);
  return known.serving;
}

export function unknownPipeline(models: Pick<Models, 'all'>, name: string): UserError {
  const names = models.all().map(({ pipeline }) => pipeline.name);
  const which = names.length > 0 ? `These are applied: ${names.sort().join(', ')}.` : 'None is applied yet.';
  return new UserError('PIPELINE_UNKNOWN', `There is no pipeline "${name}". ${which}`);
}

function noChampion(name: string, { problem }: Pick<Known, 'problem'>): UserError {
  return new UserError(
    'NO_CHAMPION',
    problem === null
      ? `${name} has no model in production yet. Train one: perennial run ${name} training`
      : `${name} cannot be served: ${problem}`,
  );
}

/** Rows in slices for one turn of the event loop each, so no caller waits for another's thousand rows. */
export function* slicesOf<T>(rows: readonly T[], { fields }: Serving): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor(VALUES_PER_TURN / fields));
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
