import { type Chain, type Step } from './chain.ts';
import { type DenseLayer } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';

interface Folded extends Pick<DenseLayer, 'inputs' | 'units' | 'activation'> {
  /** Inputs x units. */
  kernel: Float64Array;
  bias: Float64Array;
}

/** What a normalisation does to each number: scale * x + shift. */
interface Scaling {
  scale: Float64Array;
  shift: Float64Array;
}

/** The trained layers as dense ones: dropout is gone, and normalisations are part of their neighbours. */
export function denseLayersOf({ steps }: Chain, parameters: Float32Array, inputs: number): DenseLayer[] {
  const layers: Folded[] = [];
  /** Of numbers that no layer has taken in yet. */
  let waiting: Scaling | null = null;
  const width = (): number => layers.at(-1)?.units ?? inputs;
  const open = (): Folded | null => {
    const last = layers.at(-1);
    return last?.activation === 'linear' && !waiting ? last : null;
  };
  for (const step of steps) {
    const [first, second, mean, variance] = step.weights.map(({ at, length }) => parameters.slice(at, at + length));
    if (step.kind === 'dense') {
      layers.push(denseOf(step, width(), first!, second, waiting));
      waiting = null;
    } else if (step.kind === 'normalisation') {
      const scaling = scalingOf(step, first!, second!, mean!, variance!);
      const last = open();
      if (last) rescale(last, scaling);
      else waiting = waiting ? followedBy(waiting, scaling) : scaling;
    } else if (step.kind === 'activation' && step.activation !== 'linear') {
      const layer: Folded = open() ?? passing(width(), waiting);
      if (layer !== layers.at(-1)) layers.push(layer);
      layer.activation = step.activation;
      waiting = null;
    }
  }
  return layers.map(({ kernel, bias, ...layer }) => ({
    ...layer,
    kernel: encodeWeights(Float32Array.from(kernel)),
    bias: encodeWeights(Float32Array.from(bias)),
  }));
}

/** A dense layer that takes numbers in before they are scaled. */
function denseOf(
  { activation }: Step,
  inputs: number,
  kernel: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
  before: Scaling | null,
): Folded {
  const units = kernel.length / inputs;
  const layer = {
    inputs,
    units,
    activation,
    kernel: Float64Array.from(kernel),
    bias: bias ? Float64Array.from(bias) : new Float64Array(units),
  };
  if (!before) return layer;
  for (let input = 0; input < inputs; input++)
    for (let unit = 0; unit < units; unit++) {
      layer.bias[unit]! += before.shift[input]! * kernel[input * units + unit]!;
      layer.kernel[input * units + unit]! *= before.scale[input]!;
    }
  return layer;
}

/** https://arxiv.org/abs/1502.03167, with the means and variances that training kept. */
function scalingOf({ epsilon }: Step, gamma: Float32Array, beta: Float32Array, mean: Float32Array, variance: Float32Array): Scaling {
  const scale = Float64Array.from(gamma, (factor, i) => factor / Math.sqrt(variance[i]! + epsilon));
  return { scale, shift: scale.map((factor, i) => beta[i]! - factor * mean[i]!) };
} // prettier-ignore

const followedBy = (one: Scaling, next: Scaling): Scaling => ({
  scale: one.scale.map((factor, i) => factor * next.scale[i]!),
  shift: one.shift.map((shift, i) => shift * next.scale[i]! + next.shift[i]!),
});

function rescale({ kernel, bias, units }: Folded, { scale, shift }: Scaling): void {
  for (let i = 0; i < kernel.length; i++) kernel[i]! *= scale[i % units]!;
  for (let unit = 0; unit < units; unit++) bias[unit] = bias[unit]! * scale[unit]! + shift[unit]!;
}

/** A layer that lets each number through, scaled. */
function passing(width: number, scaling: Scaling | null): Folded {
  const kernel = new Float64Array(width * width);
  for (let i = 0; i < width; i++) kernel[i * width + i] = scaling?.scale[i] ?? 1;
  return { inputs: width, units: width, activation: 'linear', kernel, bias: scaling?.shift ?? new Float64Array(width) };
}
