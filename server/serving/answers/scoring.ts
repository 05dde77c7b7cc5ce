import { UserError } from '../../../core/base/errors/errors.ts';
import { breakerPolicyOf } from '../../../core/declaration/serving.ts';
import { RequestProblem } from '../../protocols/errors.ts';
import { type Metrics } from '../../protocols/health/prometheus.ts';
import { type Answered, type ArmCounts } from '../tallies/arm-counts.ts';
import { type Breakers } from '../breakers/breakers.ts';
import { predictionId } from './prediction-id.ts';
import { type LoadedModel } from '../models/load-model.ts';
import { pickArm, unitOf, type Arm, type ReadyVersion, type Serving } from '../serving.ts';
import { type ValidRow } from '../rows/validate-row.ts';

/** The version of answers that no model gave: the mean label. */
export const BASELINE = 0;

/** What the rows of one request meet. */
export interface Meeting {
  serving: Serving;
  counts: ArmCounts;
  /** When they arrived. */
  now: number;
  /** Those that a version was asked about, for the shadow. */
  met: Met[];
}

export interface Met {
  sent: unknown;
  /** What picked the arm; null: the row had neither entity nor key. */
  unit: string | null;
  /** The arm's own answer, if it gave one beside a shadow. */
  answered: Answered | null;
}

/** A row that its arm has checked. */
export interface Checked extends Met {
  /** The prediction's. */
  id: string;
  arm: Arm;
  valid: ValidRow;
}

/** A row first gets its arm, whose declaration then checks it. `at` is its place among many, null when it is alone. */
export function check({ serving, counts, now, met }: Meeting, sent: unknown, at: number | null): Checked {
  const id = predictionId(now);
  const unit = unitOf(serving, sent);
  const arm = pickArm(serving, unit ?? id);
  try {
    return { id, unit, sent, arm, valid: arm.validate(sent, now, at), answered: null };
  } catch (error) {
    met.push({ sent, unit, answered: null });
    if (error instanceof RequestProblem) counts.refused(arm.model.version, unit);
    throw error;
  }
}

/** A version's own answer for a row, or what stands in for it. */
export interface Scored {
  /** Who answered; null: the baseline. */
  by: ReadyVersion | null;
  version: number;
  threshold: number | null;
  score: number;
  /** null: the label is not of kind class. */
  classes: { names: readonly string[]; probabilities: readonly number[]; answer: number } | null;
  /** As that version's declaration reads the row. */
  valid: ValidRow;
}

export interface ScoringParts {
  breakers: Breakers;
  metrics: Pick<Metrics, 'scored' | 'failed' | 'stoodIn'>;
}

export interface Scoring {
  /** The score of the row's arm; of another version, or the baseline, when that one rests or has none. */
  score(meeting: Meeting, row: Checked): Scored;
  /** Lets a shadow score a row, and counts what comes of it. */
  observe(meeting: Pick<Meeting, 'counts' | 'now'>, shadow: ReadyVersion, met: Met): void;
}

export function createScoring({ breakers, metrics }: ScoringParts): Scoring {
  const rests = (version: ReadyVersion, now: number): boolean => breakers.of(version).state(now) === 'open';

  function attempt(version: ReadyVersion, { row }: ValidRow): Success | Failure {
    const { model, pipeline } = version;
    let why = 'it finds no finite score';
    const started = performance.now();
    try {
      const probabilities = model.classes?.probabilities(row);
      const score = probabilities ? probabilities[model.classes!.answer(probabilities)]! : model.score(row);
      const took = performance.now() - started;
      metrics.scored(pipeline.name, model.version, took / 1000);
      if (Number.isFinite(score))
        return { version, score, took, ...(probabilities && { probabilities: [...probabilities] }) };
    } catch (error) {
      why = `it throws ${error instanceof Error ? error.name : typeof error}`;
    }
    metrics.failed(pipeline.name, model.version);
    return { version, why };
  }

  /** An answer that took too long is one, but no success. */
  function succeeded({ version, took }: Success, now: number): void {
    const { latencyBudgetMs } = breakerPolicyOf(version.pipeline);
    if (took <= latencyBudgetMs) breakers.succeeded(version);
    else breakers.failed(version, now, `it takes longer than ${latencyBudgetMs} ms for a row`);
  }

  function score(meeting: Meeting, row: Checked): Scored {
    const { serving, counts, now, met } = meeting;
    const { arm, unit, valid } = row;
    met.push(row);
    const rested = rests(arm, now) && !serving.named;
    const own = rested ? null : attempt(arm, valid);
    if (own && 'score' in own) {
      counts.scored(arm.model.version, unit, own.took, own.score);
      if (serving.shadow) row.answered = { id: row.id, time: valid.time, score: own.score };
      if (!serving.named) succeeded(own, now);
      return scoredBy(own, valid);
    }
    counts.failed(arm.model.version, unit);
    const other = serving.named ? null : standIn(meeting, row, own);
    if (!other)
      throw new UserError('MODEL_INVALID', `No version of ${arm.pipeline.name} finds a finite score for this row.`);
    metrics.stoodIn(arm.pipeline.name, arm.model.version, other.version);
    return other;
  }

  /** The answer of the champion, the fallback, a version that rests, or the baseline: the first that there is. */
  function standIn({ serving, now }: Meeting, row: Checked, own: Failure | null): Scored | null {
    const { champion, fallback } = serving;
    const others = [champion, fallback].filter((one) => one !== null && one.model !== row.arm.model) as ReadyVersion[];
    const awake = others.filter((version) => !rests(version, now));
    const resting = [...(own ? [] : [row.arm]), ...others.filter((version) => !awake.includes(version))];
    const failures = own ? [own] : [];
    for (const version of [...awake, ...resting]) {
      const valid = validFor(version, row, now);
      if (valid === null) continue;
      const tried = attempt(version, valid);
      if ('why' in tried) {
        failures.push(tried);
        continue;
      }
      succeeded(tried, now);
      for (const { version, why } of failures) breakers.failed(version, now, why);
      return scoredBy(tried, valid);
    }
    // That several have no score is the row's fault; of one alone nobody can tell.
    if (failures.length === 1) breakers.failed(failures[0]!.version, now, failures[0]!.why);
    const { prior, shares, model } = champion;
    if (prior === null) return null;
    const classes = shares && toldOf(model, shares);
    const score = classes ? classes.probabilities[classes.answer]! : prior;
    return { by: null, version: BASELINE, threshold: model.threshold, score, classes, valid: row.valid };
  }

  return {
    score,
    observe({ counts, now }, shadow, { sent, unit, answered }) {
      const { version } = shadow.model;
      if (rests(shadow, now)) return;
      try {
        const tried = attempt(shadow, shadow.validate(sent, now, null));
        if ('score' in tried) {
          counts.scored(version, unit, tried.took, tried.score, answered, tried.probabilities?.map(short));
          return succeeded(tried, now);
        }
        counts.failed(version, unit);
        breakers.failed(shadow, now, tried.why);
      } catch (error) {
        if (error instanceof RequestProblem) counts.refused(version, unit);
        else counts.failed(version, unit);
      }
    },
  };
}

interface Success {
  version: ReadyVersion;
  score: number;
  /** Of classes. */
  probabilities?: number[];
  took: number;
}
interface Failure {
  version: ReadyVersion;
  why: string;
}

function scoredBy({ version, score, probabilities }: Success, valid: ValidRow): Scored {
  const { version: number, threshold } = version.model;
  const classes = probabilities ? toldOf(version.model, probabilities) : null;
  return { by: version, version: number, threshold, score, classes, valid };
}

const toldOf = ({ classes }: LoadedModel, probabilities: readonly number[]): Scored['classes'] =>
  classes && { names: classes.names, probabilities, answer: classes.answer(probabilities) };

const DIGITS = 8;
/** As many digits as any loss needs: others would only fill the log. */
export const short = (probability: number): number => Number(probability.toPrecision(DIGITS));

/** The row as a version's own declaration reads it; null when that one refuses it. */
function validFor(version: ReadyVersion, { arm, valid, sent }: Checked, now: number): ValidRow | null {
  // What is imputed is each version's own.
  if (version.revision === arm.revision && !valid.repair) return valid;
  try {
    return version.validate(sent, now, null);
  } catch {
    return null;
  }
}
