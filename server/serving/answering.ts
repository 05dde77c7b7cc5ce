import { UserError } from '../../core/base/errors.ts';
import { type Row } from '../../core/data/data.ts';
import { type Prediction } from '../../core/data/prediction-log.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { RequestProblem } from '../protocols/errors.ts';
import { type Metrics } from '../protocols/prometheus.ts';
import { type Spool } from '../shipping/spool.ts';
import { createArmCounts, type ArmCounts } from './arm-counts.ts';
import { type Known } from './known.ts';
import { type LoadedModel } from './load-model.ts';
import { type Models } from './models.ts';
import { predictionId } from './prediction-id.ts';
import { pickArm, unitOf, type Arm, type Serving } from './serving.ts';
import { type Tallying } from './tallying.ts';
import { type ValidRow } from './validate-row.ts';

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
  /** The version that answered. */
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
  spool: Pick<Spool, 'append'>;
  clock: Clock;
  metrics: Pick<Metrics, 'predicted'>;
  tallying: Pick<Tallying, 'of'>;
}

export function createAnswering({ models, spool, clock, metrics, tallying }: AnsweringParts): Answering {
  return {
    servingOf: (pipeline) => servingOf(models, pipeline),
    async answer(serving, rows, alone) {
      const now = clock.now().getTime();
      const counts = serving.named ? createArmCounts() : tallying.of(serving);
      const checked: Checked[] = [];
      for (const slice of slicesOf(rows, serving)) {
        if (checked.length > 0) await nextTurn();
        for (const row of slice) checked.push(check(serving, counts, row, now, alone ? null : checked.length));
      }
      const answers: Answer[] = [];
      const predictions: Prediction[] = [];
      for (const slice of slicesOf(checked, serving)) {
        if (predictions.length > 0) await nextTurn();
        for (const row of slice) predictions.push(predict(serving, counts, row, now, answers));
      }
      // Only now: if one row has no score, the request gets an error and leaves nothing.
      for (const slice of slicesOf(predictions, serving)) {
        for (const { pipeline, version } of slice) metrics.predicted(pipeline, version);
        await spool.append(slice);
      }
      return answers;
    },
  };
}

function servingOf(models: Models, name: string): Serving {
  const known = models.get(name);
  const unreadable = models.unreadable.get(name);
  if (!known && unreadable !== undefined) throw noChampion(name, { problem: unreadable });
  if (!known) {
    const names = models.all().map(({ pipeline }) => pipeline.name);
    const which = names.length > 0 ? `These are applied: ${names.sort().join(', ')}.` : 'None is applied yet.';
    throw new UserError('PIPELINE_UNKNOWN', `There is no pipeline "${name}". ${which}`);
  }
  if (!known.serving) throw noChampion(name, known);
  return known.serving;
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
function* slicesOf<T>(rows: readonly T[], { fields }: Serving): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor(VALUES_PER_TURN / fields));
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Checked {
  /** The prediction's. */
  id: string;
  /** What picked the arm; null: the row had neither entity nor key. */
  unit: string | null;
  arm: Arm;
  valid: ValidRow;
}

/** A row first gets its arm, whose declaration then checks it. */
function check(serving: Serving, counts: ArmCounts, row: unknown, now: number, at: number | null): Checked {
  const id = predictionId(now);
  const unit = unitOf(serving, row);
  const arm = pickArm(serving, unit ?? id);
  try {
    return { id, unit, arm, valid: arm.validate(row, now, at) };
  } catch (error) {
    if (error instanceof RequestProblem) counts.refused(arm.model.version, unit);
    throw error;
  }
}

function predict(
  { fallback }: Serving,
  counts: ArmCounts,
  { id, unit, arm, valid }: Checked,
  now: number,
  answers: Answer[],
): Prediction {
  const started = performance.now();
  let { model } = arm;
  let score = scoreOf(model, valid.row);
  if (score === null) counts.failed(model.version, unit);
  else counts.scored(model.version, unit, performance.now() - started, score);
  if (score === null && fallback) {
    model = fallback;
    score = scoreOf(model, valid.row);
  }
  if (score === null)
    throw new UserError('MODEL_INVALID', `No version of ${arm.pipeline.name} finds a finite score for this row.`);
  const { version, threshold } = model;
  const decision = threshold === null ? null : score >= threshold;
  const servedAt = instant(now);
  answers.push(
    threshold === null || decision === null ? { id, score, version } : { id, score, decision, threshold, version },
  );
  return {
    id,
    pipeline: arm.pipeline.name,
    version,
    key: valid.key ?? id,
    entity: valid.entity,
    time: valid.time === now ? servedAt : instant(valid.time),
    row: valid.row,
    score,
    decision,
    servedAt,
  };
}

/** null: it throws, or its score is not finite. */
function scoreOf(model: LoadedModel, row: Row): number | null {
  try {
    const score = model.score(row);
    return Number.isFinite(score) ? score : null;
  } catch {
    return null;
  }
}
