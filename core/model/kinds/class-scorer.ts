import type { ModelArtifact, TrainedModel } from '../artifact.ts';
import { checkProbe, compile } from '../compiled.ts';
import { createEffects, type Effects } from '../effects/effects.ts';
import { createEncoder, eachEncoded } from '../preprocessing.ts';
import { softmax } from '../numbers/probabilities.ts';
import type { Scorer } from '../scorer.ts';
import { sigmoid } from '../numbers/sigmoid.ts';
import { logOdds } from './trees.ts';
import { typicalRow } from '../effects/typical.ts';
import type { ColumnChunk } from '../../data/chunks.ts';
import type { Row } from '../../data/data.ts';
import { aheadOf, answerOf } from '../../metrics/answer.ts';

/** The scorer of a model that tells classes apart. Throws MODEL_INVALID. */
export function compileClassScorer(model: TrainedModel | ModelArtifact, names: readonly string[]): Scorer {
  const encoder = createEncoder(model.encodings);
  const compiled = compile(model, encoder.width);
  const run = (into: Float64Array): void => compiled.runAll!(into); // a kind without it has no classes
  const slope = 'calibration' in model ? model.calibration.slope : 1;
  const costs = ('costs' in model && model.costs) || null;
  const width = names.length;
  const answer = (probabilities: ArrayLike<number>, row = 0): number => answerOf(probabilities, width, row, costs);
  const room = new Float64Array(width);

  const logitsOf = (row: Row): Float64Array => {
    encoder.row(row, compiled.input, 0);
    run(room);
    return room;
  };
  /** Valid until the next row. */
  const probabilitiesOf = (row: Row): Float64Array => {
    softmax(logitsOf(row), slope);
    return room;
  };
  function each(chunk: ColumnChunk, finish: (logits: Float64Array) => void): Float64Array {
    const all = new Float64Array(chunk.rows * width);
    eachEncoded(encoder, chunk, (inputs, row) => {
      compiled.input.set(inputs);
      run(room);
      finish(room);
      all.set(room, row * width);
    });
    return all;
  }

  checkProbe(model, logitsOf);
  return {
    classes: {
      names,
      probabilities: (row) => probabilitiesOf(row).slice(),
      answer,
      ahead: (probabilities, place) => aheadOf(probabilities, place, costs),
    },
    logit: (row) => Math.max(...logitsOf(row)),
    score: (row) => probabilitiesOf(row)[answer(room)]!,
    interval: null,
    logitChunk: (chunk) => each(chunk, () => {}),
    scoreChunk: (chunk) => each(chunk, (logits) => softmax(logits, slope)),
    explainer(groups) {
      const ranges = groups.map((columns) =>
        encoder.ranges.filter(({ column }) => columns.includes(column)).map(({ range }) => range),
      );
      const inputsOf = (row: Row): Float32Array => {
        const inputs = new Float32Array(encoder.width);
        encoder.row(row, inputs, 0);
        return inputs;
      };
      const typical = inputsOf(typicalRow(model.encodings));
      /** What moves the probability of one class, by its log odds. */
      const explainerOf = (place: number): ((inputs: Float32Array) => Effects) =>
        createEffects({
          typical,
          groups: ranges,
          outputOf(inputs) {
            compiled.input.set(inputs);
            run(room);
            softmax(room, slope);
            return logOdds(room[place]!);
          },
          scoreOf: sigmoid,
          additive: false,
          exact: null,
        });
      const explainers = new Map<number, (inputs: Float32Array) => Effects>();
      return (row) => {
        const place = answer(probabilitiesOf(row));
        const explain = explainers.get(place) ?? explainerOf(place);
        explainers.set(place, explain);
        return explain(inputsOf(row));
      };
    },
  };
}
