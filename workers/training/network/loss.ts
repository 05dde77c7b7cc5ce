import { sigmoid } from '../../../core/model/scorer.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/**
 * 'entropy' of a logit; or of a number half the squared error up to so many deviations of the labels, and beyond by its
 * size (Huber's loss: https://en.wikipedia.org/wiki/Huber_loss).
 */
export type LossShape = 'entropy' | { squaredUpTo: number };

/**
 * The loss follows the gate. Squared errors aim at the mean, as `rmse` and `r2` do; sizes at the median, as `mae` does,
 * and rounded off where they are small, so that steps become smaller there. Jobs of earlier releases do not tell.
 */
export function lossOf({ labelKind, metric }: Pick<TrainingJob, 'labelKind' | 'metric'>): LossShape {
  if (labelKind !== 'number') return 'entropy';
  if (metric === undefined) return { squaredUpTo: 1 };
  return { squaredUpTo: metric === 'mae' ? 0.1 : Infinity };
}

/** The mean loss of outputs, and its slope at each. */
export type Loss = (outputs: Float32Array, labels: Float32Array) => { loss: number; slopes: Float32Array };

export const lossFunction = (shape: LossShape): Loss => (shape === 'entropy' ? logLoss : huber(shape.squaredUpTo));

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
