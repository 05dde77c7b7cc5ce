import type { ModelArtifact, TrainedModel } from './artifact.ts';
import { kindOfModel, type CompiledModel } from './kinds/kinds.ts';
import { messageOf, UserError } from '../base/errors/errors.ts';
import type { Row } from '../data/data.ts';

/** Float32 sums in another order differ by about 1e-6; weights of another model by far more than this. */
const TOLERANCE = 1e-4;

/** A model as plain loops over typed arrays. Throws MODEL_INVALID. */
export function compile(model: TrainedModel | ModelArtifact, inputs: number): CompiledModel {
  try {
    return kindOfModel(model).compile(model, inputs);
  } catch (error) {
    throw new UserError('MODEL_INVALID', `${nameOf(model)} cannot be loaded: ${messageOf(error)}. ${ADVICE}`, {
      cause: error,
    });
  }
}

/** Holds the logits of the probe's rows against those that training gave them. Throws MODEL_INVALID. */
export function checkProbe(model: TrainedModel, logitsOf: (row: Row) => ArrayLike<number>): void {
  for (const [index, row] of model.probe.rows.entries()) {
    const logits = logitsOf(row);
    for (let output = 0; output < logits.length; output++) {
      const expected = model.probe.logits[index * logits.length + output]!;
      const got = logits[output]!;
      if (Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))) continue;
      throw new UserError(
        'MODEL_INVALID',
        `${nameOf(model)} does not score as it did when it was trained: probe row ${index} expected the logit ` +
          `${expected}${model.classes ? ` of ${model.classes[output]}` : ''}, got ${got}. ${ADVICE}`,
      );
    }
  }
}

const ADVICE = 'Its bytes are not those that training wrote: serve another version, or train again.';

const nameOf = (model: TrainedModel | ModelArtifact): string =>
  'pipeline' in model ? `Model "${model.candidate}" of ${model.pipeline} (${model.trainingRun})` : 'The trained model';
