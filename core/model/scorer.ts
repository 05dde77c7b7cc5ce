import type { Calibration, ModelArtifact, TrainedModel } from './artifact.ts';
import { bendOf } from './calibration/isotonic.ts';
import { createEffects, type Effects } from './effects/effects.ts';
import { compileClassScorer } from './kinds/class-scorer.ts';
import { checkProbe, compile } from './compiled.ts';
import { intervalOf, type Span } from './calibration/interval.ts';
import { createEncoder, eachEncoded } from './preprocessing.ts';
import { sigmoid } from './numbers/sigmoid.ts';
import { typicalRow } from './effects/typical.ts';
import type { Row } from '../data/data.ts';
import type { ColumnChunk } from '../data/chunks.ts';

export { sigmoid } from './numbers/sigmoid.ts';
export { parseArtifact, parseTrainedModel } from './artifact-schema.ts';

/** A model as plain loops over typed arrays. Scoring a row allocates nothing and never waits. */
export interface Scorer {
  /** The classes and the probability of each; null where there is one score. */
  classes: Classes | null;
  /** Of classes, the likeliest one's. */
  logit(row: Row): number;
  /** The calibrated probability, or the sigmoid of the logit for a model that is not calibrated yet; of a number, the estimate; of classes, the probability of the answer. */
  score(row: Row): number;
  /** What the label of an estimate lies between; null where that was not measured. */
  interval: ((estimate: number) => Span) | null;
  /** A number a row; of classes, one for each, row by row. */
  logitChunk(chunk: ColumnChunk): Float64Array;
  scoreChunk(chunk: ColumnChunk): Float64Array;
  /** What finds how far each of these groups of columns moves scores; columns that the model does not read move none. */
  explainer(groups: readonly (readonly string[])[]): (row: Row) => Effects;
}

/** What a model of classes says of a row. */
export interface Classes {
  names: readonly string[];
  /** By class, in the order of the names. */
  probabilities(row: Row): Float64Array;
  /** The place of the class that is the answer for such probabilities, of one row or of the `row`th among many. */
  answer(probabilities: ArrayLike<number>, row?: number): number;
  /** How far that class is ahead of the others for a row's probabilities; below 0 another is the answer. */
  ahead(probabilities: ArrayLike<number>, place: number): number;
}

/** Compiles a model and checks it against the logits TF.js gave for its probe rows; throws MODEL_INVALID. */
export function compileScorer(model: TrainedModel | ModelArtifact): Scorer {
  if (model.classes) return compileClassScorer(model, model.classes);
  const encoder = createEncoder(model.encodings);
  const compiled = compile(model, encoder.width);
  const finished = finishOf(model);

  const logit = (row: Row): number => {
    encoder.row(row, compiled.input, 0);
    return compiled.run();
  };
  const each = (chunk: ColumnChunk, finish: (logit: number) => number): Float64Array => {
    const all = new Float64Array(chunk.rows);
    eachEncoded(encoder, chunk, (inputs, row) => {
      compiled.input.set(inputs);
      all[row] = finish(compiled.run());
    });
    return all;
  };

  const inputsOf = (row: Row): Float32Array => {
    const inputs = new Float32Array(encoder.width);
    encoder.row(row, inputs, 0);
    return inputs;
  };
  const outputOf = (inputs: Float32Array): number => {
    compiled.input.set(inputs);
    return compiled.run();
  };

  checkProbe(model, (row) => [logit(row)]);
  return {
    classes: null,
    logit,
    score: (row) => finished(logit(row)),
    interval: 'interval' in model && model.interval ? intervalOf(model.interval) : null,
    logitChunk: (chunk) => each(chunk, (logit) => logit),
    scoreChunk: (chunk) => each(chunk, finished),
    explainer(groups) {
      const typical = inputsOf(typicalRow(model.encodings));
      const explain = createEffects({
        typical,
        exact: compiled.explain?.(typical) ?? null,
        groups: groups.map((columns) =>
          encoder.ranges.filter(({ column }) => columns.includes(column)).map(({ range }) => range),
        ),
        outputOf,
        scoreOf: finished,
        additive: compiled.additive,
      });
      return (row) => explain(inputsOf(row));
    },
  };
}

/** From the model's output to the score. */
function finishOf(model: TrainedModel | ModelArtifact): (output: number) => number {
  const calibration = 'calibration' in model ? model.calibration : { slope: 1, intercept: 0 };
  const { slope, intercept } = calibration;
  const { target } = model;
  if (target) return (output) => slope * (target.mean + target.deviation * output) + intercept;
  const calibrated = calibratorOf(calibration);
  return (logit) => sigmoid(calibrated(logit));
}

/** Calibrated logits. */
export function calibratorOf({ slope, intercept, knots }: Calibration): (logit: number) => number {
  return knots ? bendOf(knots, slope) : (logit) => slope * logit + intercept;
}
