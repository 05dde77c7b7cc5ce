import { type BatchPlan } from '../../../core/recipes/recipe.ts';

/** The share of steps in which the learning rate rises. */
const WARM_UP = 0.05;
const MOST_EPOCHS = 40;

export function epochsOf({ epochs, leastSteps, batchSize }: BatchPlan, rows: number): number {
  const batches = Math.ceil(rows / batchSize);
  return Math.max(epochs, Math.min(MOST_EPOCHS, Math.ceil(leastSteps / batches)));
}

/** The learning rate of a step, counted from 0, of so many. */
export function learningRateAt({ learningRate, schedule }: BatchPlan, step: number, steps: number): number {
  if (schedule === 'steady') return learningRate;
  const rising = Math.min(1, (step + 1) / (WARM_UP * steps));
  return (learningRate * rising * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}
