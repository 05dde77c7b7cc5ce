import { UserError } from '../../core/base/errors.ts';
import { type Row } from '../../core/data/data.ts';
import { RequestProblem } from '../protocols/errors.ts';
import { type ArmCounts } from './arm-counts.ts';
import { type LoadedModel } from './load-model.ts';
import { predictionId } from './prediction-id.ts';
import { pickArm, unitOf, type Arm, type ReadyVersion, type Serving } from './serving.ts';
import { type ValidRow } from './validate-row.ts';

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
    return { id, unit, sent, arm, valid: arm.validate(sent, now, at) };
  } catch (error) {
    met.push({ sent, unit });
    if (error instanceof RequestProblem) counts.refused(arm.model.version, unit);
    throw error;
  }
}

export interface Scored {
  model: LoadedModel;
  score: number;
}

/** The score of the row's arm, or of the fallback when that one has none. */
export function score({ serving, counts, met }: Meeting, row: Checked): Scored {
  const { arm, unit, valid } = row;
  met.push(row);
  const own = counted(counts, arm, unit, valid.row);
  if (own !== null) return { model: arm.model, score: own };
  const { fallback } = serving;
  const other = fallback && scoreOf(fallback.model, valid.row);
  if (other === null)
    throw new UserError('MODEL_INVALID', `No version of ${arm.pipeline.name} finds a finite score for this row.`);
  return { model: fallback!.model, score: other };
}

/** Scores a row by an arm or a shadow, and counts what comes of it. */
export function counted(counts: ArmCounts, { model }: ReadyVersion, unit: string | null, row: Row): number | null {
  const started = performance.now();
  const score = scoreOf(model, row);
  if (score === null) counts.failed(model.version, unit);
  else counts.scored(model.version, unit, performance.now() - started, score);
  return score;
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
