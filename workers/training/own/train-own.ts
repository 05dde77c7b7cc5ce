import { createChain, type Chain, type ChainParts } from './chain.ts';
import { denseLayersOf } from './dense.ts';
import { createOwnEngine } from './engine.ts';
import { trainInBatches } from '../network/train-in-batches.ts';
import { type Train } from '../train.ts';
import { findRecipe, loadRecipe } from '../../../adapters/recipes/recipe-files.ts';
import { type OwnPlan } from '../../../core/recipes/recipe.ts';

/** Trains the layers of a recipe of the pipeline's own, by TF.js, if this worker has the file that was applied. */
export const trainOwn: Train<OwnPlan> = async (job, plan, surroundings) => {
  const source = await findRecipe(plan, surroundings.recipeRoots ?? []);
  const recipe = await loadRecipe(source, job.folder);
  const tensors = await surroundings.tensors();
  const partsFor = (inputs: number): ChainParts => ({
    file: source.path,
    recipe,
    task: { inputs, outputs: job.classes?.length ?? 1, label: job.labelKind, options: plan.options },
    seed: `${job.seed}/weights`,
  });
  const built: Chain[] = [];
  const chainOf = (inputs: number): Chain => {
    built[0] ??= createChain(tensors, partsFor(inputs));
    return built[0];
  };
  try {
    return await trainInBatches(
      job,
      plan,
      {
        start({ width }, { base, bases }) {
          const { weights, steps, size } = chainOf(width);
          const parameters = new Float32Array(size);
          for (const { variable, at } of weights) parameters.set(variable.read().dataSync(), at);
          // What is true of all rows need not be learnt.
          const bias = steps.at(-1)!.weights[1];
          if (bias) for (let i = 0; i < bias.length; i++) parameters[bias.at + i]! += bases?.[i] ?? base;
          return parameters;
        },
        engine: (parts) => {
          const { width } = parts.layout;
          const { decay } = plan;
          const engine = createOwnEngine(tensors, chainOf(width), partsFor(width), { ...parts, decay });
          return Promise.resolve({ engine, tensors });
        },
        modelOf: ({ width }, parameters) => ({
          kind: 'network',
          layers: denseLayersOf(chainOf(width), parameters, width),
        }),
      },
      surroundings,
    );
  } finally {
    built[0]?.dispose();
  }
};
