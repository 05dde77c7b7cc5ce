import { createEngineFor } from './choose-engine.ts';
import { lossOf, outputsOf } from './loss.ts';
import { modelOf } from './model.ts';
import { createNetwork, heardInputs, initialise } from './network.ts';
import { networkToStartFrom, takeWeights } from './start-from.ts';
import { trainInBatches } from './train-in-batches.ts';
import { type Survey } from '../survey.ts';
import { type Surroundings } from '../train.ts';
import { createRandom } from '../../../core/base/random.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { type NetworkPlan } from '../../../core/recipes/recipe.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';

/** Trains hidden layers of relu and one output, by our kernel or by TF.js. */
export async function trainNetwork(
  job: TrainingJob,
  plan: NetworkPlan,
  surroundings: Surroundings,
  surveyed?: Survey,
): Promise<TrainedModel> {
  const stored = await networkToStartFrom(job);
  return trainInBatches(
    job,
    plan,
    {
      encodings: stored?.encodings,
      start(layout, { base, bases = [base], target }) {
        const network = createNetwork(layout.width, plan, bases.length);
        if (stored) takeWeights(network, stored, target);
        else initialise(network, bases, createRandom(`${job.seed}/weights`), heardInputs(layout));
        return network.parameters;
      },
      engine: (parts) => createEngineFor(job, { ...parts, plan }, surroundings),
      modelOf({ width }, parameters) {
        const network = createNetwork(width, plan, outputsOf(lossOf(job)));
        network.parameters.set(parameters);
        return modelOf(network);
      },
    },
    surroundings,
    surveyed,
  );
}
