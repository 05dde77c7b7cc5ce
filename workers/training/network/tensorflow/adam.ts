import { type AdamState } from '../checkpoint.ts';

const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const EPSILON = 1e-7;

/** One step of Adam, with the constants of its paper: https://arxiv.org/abs/1412.6980, algorithm 1. */
export function adamStep(state: AdamState, parameters: Float32Array, gradient: Float32Array, rate: number): void {
  const { first, second } = state;
  state.steps++;
  const corrected = (rate * Math.sqrt(1 - SECOND_DECAY ** state.steps)) / (1 - FIRST_DECAY ** state.steps);
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i]!;
    first[i] = FIRST_DECAY * first[i]! + (1 - FIRST_DECAY) * slope;
    second[i] = SECOND_DECAY * second[i]! + (1 - SECOND_DECAY) * slope * slope;
    parameters[i]! -= (corrected * first[i]!) / (Math.sqrt(second[i]!) + EPSILON);
  }
}
