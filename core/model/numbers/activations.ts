import { sigmoid } from './sigmoid.ts';

/** What a unit of a dense layer makes of its sum, named as TF.js names it. */
export const activations = {
  linear: (sum) => sum,
  relu: (sum) => Math.max(0, sum),
  elu: (sum) => (sum < 0 ? Math.expm1(sum) : sum),
  tanh: Math.tanh,
  sigmoid,
  softplus: (sum) => Math.max(0, sum) + Math.log1p(Math.exp(-Math.abs(sum))),
  swish: (sum) => sum * sigmoid(sum),
} satisfies Record<string, (sum: number) => number>;

export type Activation = keyof typeof activations;
export const activationNames = Object.keys(activations) as Activation[];
