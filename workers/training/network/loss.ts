import { softmax } from '../../../core/model/numbers/probabilities.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/**
 * Of one output: 'entropy' of a logit; or of a number half the squared error up to so many deviations of the labels, and beyond by its
 * size (Huber's loss: https://en.wikipedia.org/wiki/Huber_loss).
 */
export type SingleLoss = 'entropy' | { squaredUpTo: number };
/** Or entropy of the softmax over so many classes' logits. */
export type LossShape = SingleLoss | { classes: number };

/** How many outputs a network has that is trained by such a loss. */
export const outputsOf = (shape: LossShape): number =>
  typeof shape === 'object' && 'classes' in shape ? shape.classes : 1;

/**
 * The loss follows the gate. Squared errors aim at the mean, as `rmse` and `r2` do; sizes at the median, as `mae` does,
 * and rounded off where they are small, so that steps become smaller there. Jobs of earlier releases do not tell.
 */
export function singleLossOf({ labelKind, metric }: Pick<TrainingJob, 'labelKind' | 'metric'>): SingleLoss {
  if (labelKind !== 'number') return 'entropy';
  if (metric === undefined) return { squaredUpTo: 1 };
  return { squaredUpTo: metric === 'mae' ? 0.1 : Infinity };
}

export const lossOf = (job: Pick<TrainingJob, 'labelKind' | 'metric' | 'classes'>): LossShape =>
  job.classes ? { classes: job.classes.length } : singleLossOf(job);

/** The mean loss of the rows' outputs, and its slope at each. */
export type Loss = (outputs: Float32Array, labels: Float32Array) => { loss: number; slopes: Float32Array };

export function lossFunction(shape: LossShape): Loss {
  if (shape === 'entropy') return logLoss;
  return 'classes' in shape ? classLoss : huber(shape.squaredUpTo);
}

/** Cross entropy of a softmax; each row's outputs are one after the other. */
export const classLoss: Loss = (logits, labels) => {
  const rows = labels.length;
  const width = logits.length / rows;
  const shares = new Float64Array(width);
  const slopes = new Float32Array(logits.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    shares.set(logits.subarray(row * width, (row + 1) * width));
    const [own, most] = [shares[labels[row]!]!, Math.max(...shares)];
    loss += most - own + Math.log(shares.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
    softmax(shares);
    for (let place = 0; place < width; place++)
      slopes[row * width + place] = (shares[place]! - (place === labels[row] ? 1 : 0)) / rows;
  }
  return { loss: loss / rows, slopes };
};

export const huber =
  (far: number): Loss =>
  (outputs, labels) => {
    const slopes = new Float32Array(outputs.length);
    let loss = 0;
    for (let i = 0; i < outputs.length; i++) {
      const error = outputs[i]! - labels[i]!;
      const size = Math.abs(error);
      loss += size > far ? far * (size - far / 2) : (error * error) / 2;
      slopes[i] = Math.max(-far, Math.min(far, error)) / outputs.length;
    }
    return { loss: loss / outputs.length, slopes };
  };

/** Cross entropy from logits, in the form that neither overflows nor loses digits, and its slope at each logit. */
export const logLoss: Loss = (logits, labels) => {
  const slopes = new Float32Array(logits.length);
  let loss = 0;
  for (let i = 0; i < logits.length; i++) {
    const [logit, label] = [logits[i]!, labels[i]!];
    loss += Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
    slopes[i] = (sigmoid(logit) - label) / logits.length;
  }
  return { loss: loss / logits.length, slopes };
};
