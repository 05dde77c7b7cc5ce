import { type Tensors, type TensorFlow } from '../../../adapters/training/tensors.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { createRandom } from '../../../core/base/random.ts';
import { activationNames, type Activation } from '../../../core/model/numbers/activations.ts';
import { type RecipeFile, type RecipeTask } from '../../../core/recipes/own-file.ts';
import { type OwnOptions } from '../../../core/recipes/recipe.ts';
import type * as tfjs from '@tensorflow/tfjs';

type Layer = tfjs.layers.Layer;

/** Kinds of layers that become a chain of dense ones once they are trained. */
const kinds = {
  Dense: 'dense',
  Dropout: 'dropout',
  Activation: 'activation',
  BatchNormalization: 'normalisation',
} as const;

export interface Step {
  kind: (typeof kinds)[keyof typeof kinds];
  layer: Layer;
  /** Of a dense layer or an activation. */
  activation: Activation;
  /** Of a dropout. */
  rate: number;
  /** Of a normalisation. */
  epsilon: number;
  weights: Weight[];
}

/** A variable of TF.js, and its place among all weights. */
export interface Weight {
  variable: Layer['weights'][number];
  at: number;
  length: number;
  /** Not of a layer that is fixed, nor what a normalisation counts. */
  isLearnt: boolean;
  /** Kernels are drawn to zero, biases are not. */
  isKernel: boolean;
}

/** The layers of a recipe, built. */
export interface Chain {
  steps: Step[];
  weights: Weight[];
  /** How many numbers all weights are. */
  size: number;
  dispose(): void;
}

export interface ChainParts {
  /** For messages. */
  file: string;
  recipe: RecipeFile;
  task: RecipeTask<OwnOptions>;
  seed: string;
}

/** Builds the layers. Throws RECIPE_INVALID for those that could not be scored without TF.js. */
export function createChain({ tf }: Tensors, { file, recipe, task, seed }: ChainParts): Chain {
  const layers = withRandom(seed, () => {
    const made = layersOf(tf, file, recipe, task);
    build(tf, file, made, task.inputs);
    return made;
  });
  let size = 0;
  const steps = layers.map((layer): Step => {
    const { activation, rate, epsilon } = layer.getConfig();
    const weights = layer.weights.map((variable): Weight => {
      const length = variable.shape.reduce<number>((product, each) => product * (each ?? 1), 1);
      return {
        variable,
        at: (size += length) - length,
        length,
        isLearnt: layer.trainableWeights.includes(variable),
        isKernel: variable.shape.length === 2,
      };
    });
    return {
      kind: kinds[layer.getClassName() as keyof typeof kinds],
      layer,
      activation: (activation ?? 'linear') as Activation,
      rate: Number(rate ?? 0),
      epsilon: Number(epsilon ?? 0),
      weights,
    };
  });
  const weights = steps.flatMap((step) => step.weights);
  if (!weights.some(({ isLearnt }) => isLearnt))
    throw invalid(file, 'none of its layers has weights that can be trained');
  return { steps, weights, size, dispose: () => weights.forEach(({ variable }) => variable.dispose()) };
}

function layersOf(tf: TensorFlow, file: string, recipe: RecipeFile, task: RecipeTask<OwnOptions>): Layer[] {
  const layers: unknown = called(file, 'layers', () => recipe.layers(tf, task));
  if (!Array.isArray(layers) || layers.length === 0)
    throw invalid(
      file,
      'its function "layers" must return a list of layers, like [tf.layers.dense({ units: outputs })]',
    );
  for (const [i, layer] of (layers as unknown[]).entries()) {
    const where = `layer ${i + 1} of ${layers.length}`;
    if (!(layer instanceof tf.layers.Layer))
      throw invalid(file, `${where} is no layer of the TF.js that its functions are given`);
    if (layers.indexOf(layer) < i) throw invalid(file, `${where} is an earlier one again: make a layer for each place`);
    const problem = problemOf(layer);
    if (problem) throw invalid(file, `${where} (${layer.getClassName()}) ${problem}`);
  }
  const [made, last] = [layers as Layer[], (layers as Layer[]).at(-1)!];
  const { units, activation } = last.getConfig();
  if (last.getClassName() === 'Dense' && units === task.outputs && activation === 'linear') return made;
  throw invalid(
    file,
    `its last layer must be tf.layers.dense({ units: ${task.outputs} }) without an activation: ` +
      (task.label === 'number' ? 'the standardised estimate' : 'logits, which become probabilities afterwards'),
  );
}

function problemOf(layer: Layer): string | null {
  const config = layer.getConfig();
  const name = layer.getClassName();
  if (!Object.hasOwn(kinds, name))
    return `cannot be scored without TF.js. Layers may be ${Object.keys(kinds).join(', ')}`;
  const { activation, noiseShape, axis, center, scale } = config;
  if (activation != null && !activationNames.some((known) => known === activation))
    return `has the activation ${JSON.stringify(activation)}; write one of ${activationNames.join(', ')}`;
  if (noiseShape != null) return 'has a noiseShape: leave it out';
  if (name === 'BatchNormalization' && !(center && scale && (axis === -1 || axis === 1)))
    return 'must keep its axis, center and scale: leave them out';
  const constraint = Object.entries(config).find(([option, value]) => option.endsWith('Constraint') && value != null);
  return constraint ? `has a ${constraint[0]}, which training does not keep: use a regularizer` : null;
}

function build(tf: TensorFlow, file: string, layers: readonly Layer[], inputs: number): void {
  called(file, 'layers', () =>
    tf.tidy(() => {
      layers.reduce<tfjs.Tensor>((row, layer) => layer.apply(row) as tfjs.Tensor, tf.zeros([1, inputs]));
    }),
  );
}

/** TF.js draws initial weights by Math.random where a layer has no seed: they are to be the same in every training. */
function withRandom<Result>(seed: string, make: () => Result): Result {
  const { random } = Math;
  const own = createRandom(seed);
  Math.random = () => own.uniform();
  try {
    return make();
  } finally {
    Math.random = random;
  }
}

/** What a function of the file returns. Throws RECIPE_INVALID for what it throws. */
export function called<Result>(file: string, name: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const line = error instanceof Error ? lineOf(error, file) : null;
    throw new UserError('RECIPE_INVALID', `${file}${line === null ? '' : `:${line}`}: "${name}" failed: ${messageOf(error)}`, {
      cause: error,
    }); // prettier-ignore
  }
}

function lineOf({ stack = '' }: Error, file: string): string | null {
  const at = stack.indexOf(`${file}:`);
  return at < 0 ? null : (/^\d+/.exec(stack.slice(at + file.length + 1))?.[0] ?? null);
}

export const invalid = (file: string, problem: string): UserError =>
  new UserError('RECIPE_INVALID', `${file} cannot be trained: ${problem}.`);
