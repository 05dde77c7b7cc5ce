import { UserError } from '../../../core/base/errors/errors.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { isSensitive } from '../../../core/declaration/redaction/redaction.ts';
import { logPolicyOf } from '../../../core/declaration/serving.ts';
import { type Prediction } from '../../../core/data/predictions/prediction-log.ts';
import { toldApart } from '../../../core/metrics/answer.ts';
import { type Clock } from '../../../core/time/clock.ts';
import { instant, type Instant } from '../../../core/time/time.ts';
import { type Metrics } from '../../protocols/health/prometheus.ts';
import { tellSpan } from '../../protocols/traces.ts';
import { type Spool } from '../../shipping/spool.ts';
import { createArmCounts } from '../tallies/arm-counts.ts';
import { type Row } from '../../../core/data/data.ts';
import { nothingMore, type Asked } from './asked.ts';
import { type Known } from '../models/known.ts';
import { type Models } from '../models/models.ts';
import { check, short, type Checked, type Meeting, type Scored, type Scoring } from './scoring.ts';
import { reasonsOf, type Reasons } from './reasons.ts';
import { type Serving } from '../serving.ts';
import { type Repair, type ValidRow, type Warning } from '../rows/validate-row.ts';
import { type Shadowing } from './shadowing.ts';
import { type Tallying } from '../tallies/tallying.ts';

/** No request has more rows. */
export const MOST_ROWS = 1_000;
/** Values processed in one turn of the event loop: some milliseconds. */
const VALUES_PER_TURN = 10_000;
/** Explaining a row takes a hundred times as long as scoring it: in milliseconds of one turn. */
const EXPLAINING_PER_TURN = 3;

/** The answer for one row. */
export interface Answer extends Partial<Reasons> {
  id: string;
  /** For a label of kind class: the answer, the likeliest class or the one that costs least; the score is its probability. */
  label?: string;
  score: number;
  /** What the label lies between, as often as is declared; only for a label of kind number, where that is known. */
  low?: number;
  high?: number;
  probabilities?: Record<string, number>;
  /** Only for a label of kind binary. */
  decision?: boolean;
  threshold?: number;
  /** The version that answered; 0: the baseline. */
  version: number;
  /** What was wrong with the row, and was scored all the same as the declaration says; absent: nothing. */
  warnings?: Warning[];
  /** The columns as they were scored, if they were asked for. */
  features?: Row;
}

export interface HowToAnswer {
  /** The one row is not one of many: problems do not name its place. */
  alone?: boolean;
  asked?: Asked;
}

/** The one way from rows to answers, for every protocol. */
export interface Answering {
  /** What serves a pipeline now. Throws PIPELINE_UNKNOWN or NO_CHAMPION. */
  servingOf(pipeline: string): Serving;
  /**
   * Answers every row, in order, and keeps the predictions; or throws and keeps none. A problem names the row by its
   * place.
   */
  answer(serving: Serving, rows: readonly unknown[], how?: HowToAnswer): Promise<Answer[]>;
}

export interface AnsweringParts {
  models: Models;
  spool: Pick<Spool, 'admit' | 'append'>;
  clock: Clock;
  metrics: Pick<Metrics, 'predicted' | 'repaired'>;
  tallying: Pick<Tallying, 'of'>;
  scoring: Pick<Scoring, 'score'>;
  shadowing: Pick<Shadowing, 'later'>;
}

export function createAnswering(parts: AnsweringParts): Answering {
  const { models, spool, clock, metrics, tallying, scoring, shadowing } = parts;
  async function answersOf(meeting: Meeting, rows: readonly unknown[], how: HowToAnswer): Promise<Answer[]> {
    const { serving } = meeting;
    const { alone = false, asked = nothingMore } = how;
    const policy = logPolicyOf(serving.champion.pipeline);
    spool.admit(policy);
    const checked: Checked[] = [];
    for (const slice of slicesOf(rows, serving)) {
      if (checked.length > 0) await nextTurn();
      for (const row of slice) checked.push(check(meeting, row, alone ? null : checked.length));
    }
    const answers: Answer[] = [];
    const scores: Scored[] = [];
    const predictions: Prediction[] = [];
    const servedAt = instant(meeting.now); // once: of hundreds of rows it would be a thirtieth of the work
    for (const slice of slicesOf(checked, serving)) {
      if (answers.length > 0) await nextTurn();
      for (const row of slice) {
        const scored = scoring.score(meeting, row);
        answers.push(answerOf(row, scored));
        if (scored.valid.repair) warn(answers.at(-1)!, row.arm.pipeline.name, scored.valid.repair);
        if (asked !== nothingMore) scores.push(scored);
        predictions.push(predictionOf(row, scored, meeting, servedAt));
      }
    }
    if (asked !== nothingMore) await tellMore(answers, checked, scores, asked);
    // Only now: if one row has no score, the request gets an error and leaves nothing.
    for (const slice of slicesOf(predictions, serving)) {
      for (const { pipeline, version } of slice) metrics.predicted(pipeline, version);
      await spool.append(slice, policy);
    }
    return answers;
  }

  function warn(answer: Answer, pipeline: string, { warnings }: Repair): void {
    answer.warnings = warnings;
    // A caller could invent any number of extra fields.
    for (const { field, problem } of warnings) metrics.repaired(pipeline, problem === 'extra' ? '' : field, problem);
  }

  return {
    servingOf: (pipeline) => servingOf(models, pipeline),
    async answer(serving, rows, how = {}) {
      const counts = serving.named ? createArmCounts() : tallying.of(serving);
      const meeting: Meeting = { serving, counts, now: clock.now().getTime(), met: [] };
      try {
        const answers = await answersOf(meeting, rows, how);
        tellSpan(() => spanOf(serving, answers));
        return answers;
      } finally {
        shadowing.later(meeting);
      }
    },
  };
}

const spanOf = ({ generation, champion }: Serving, answers: readonly Answer[]) => ({
  'perennial.pipeline': champion.pipeline.name,
  'perennial.generation': generation,
  'perennial.rows': answers.length,
  'perennial.versions': [...new Set(answers.map(({ version }) => version))],
});

function answerOf({ id }: Checked, { by, version, threshold, score, classes }: Scored): Answer {
  if (classes) {
    const { names, probabilities, answer } = classes;
    const byName = Object.fromEntries(names.map((name, place) => [name, probabilities[place]!]));
    return { id, label: names[answer]!, score, probabilities: byName, version };
  }
  if (by?.model.interval) return { id, score, ...by.model.interval(score), version };
  return threshold === null ? { id, score, version } : { id, score, decision: score >= threshold, threshold, version };
}

/** Adds what was asked to the answers. */
async function tellMore(
  answers: Answer[],
  rows: readonly Checked[],
  scores: readonly Scored[],
  asked: Asked,
): Promise<void> {
  let turn = performance.now();
  for (const [i, { by, valid, score }] of scores.entries()) {
    const answer = answers[i]!;
    const { arm } = rows[i]!;
    if (asked.reasons > 0)
      Object.assign(answer, by ? reasonsOf(by, valid, asked.reasons) : { reasons: [], typicalScore: score });
    if (asked.features) answer.features = featuresOf(arm.pipeline, valid);
    if (performance.now() - turn < EXPLAINING_PER_TURN) continue;
    await nextTurn();
    turn = performance.now();
  }
}

/** Without what is imputed into sensitive columns: it is nothing that the caller sent, and tells of others' rows. */
function featuresOf(pipeline: Pipeline, { row, repair }: ValidRow): Row {
  if (!repair) return row;
  const hidden = Object.keys(repair.imputed).filter((column) => isSensitive(pipeline, column));
  return Object.fromEntries(Object.entries(row).filter(([column]) => !hidden.includes(column)));
}

function predictionOf(
  { id, arm }: Checked,
  { version, threshold, score, classes, valid }: Scored,
  { serving, now }: Meeting,
  servedAt: Instant,
): Prediction {
  const prediction: Prediction = {
    id,
    pipeline: arm.pipeline.name,
    version,
    key: valid.key ?? id,
    entity: valid.entity,
    time: valid.time === now ? servedAt : instant(valid.time),
    row: valid.repair?.sent ?? valid.row,
    score,
    decision: threshold === null ? null : score >= threshold,
    servedAt,
  };
  if (valid.repair && Object.keys(valid.repair.imputed).length > 0) prediction.imputed = valid.repair.imputed;
  if (classes) prediction.probabilities = logged(classes);
  if (serving.named) prediction.named = true;
  return prediction;
}

/** More than the last digit that is logged. */
const APART = 1e-7;
const logged = ({ probabilities, answer }: NonNullable<Scored['classes']>): number[] =>
  toldApart(probabilities.map(short), answer, APART);

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
