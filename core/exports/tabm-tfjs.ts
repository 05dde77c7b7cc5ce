import type { ArtifactOf } from '../model/artifact.ts';
import { decodeMembers, type DecodedMembers } from '../model/tabm.ts';
import type { Exportable, ExportedFile } from './exported.ts';
import { asSequence, dense, type TfjsLayer } from './tfjs.ts';

/** Below e^-40 a share is taken for that. */
const LEAST = -40;
const PIECES = 4_000;

/**
 * A chain in which rows of members x units pass through one layer, and what is a member's own is a factor and a bias for
 * each of its units, which a layer for batch normalisation has.
 */
export function tabmAsTfjs(exportable: Exportable<ArtifactOf<'tabm'>>): ExportedFile[] {
  const { members, target, classes } = exportable.model;
  const layers = decodeMembers(exportable.model);
  const hidden = layers
    .slice(0, -1)
    .flatMap(({ inputs, units, kernel, scale, bias }, index) => [
      dense({ inputs, units, activation: 'linear', kernel, bias: new Float32Array(units) }),
      index === 0 ? { is: 'RepeatVector' as const, config: { n: members } } : null,
      flat,
      ownOf(scale ?? new Float32Array(members * units).fill(1), bias),
      { is: 'Activation' as const, config: { activation: 'relu' } },
      reshape(members, units),
    ]);
  // The last layer of each member is its own, so it is a block of a layer for all of them.
  const last = { ...layers.at(-1)!, members };
  const steps = hidden.filter((layer) => layer !== null);
  const mean: TfjsLayer = { is: 'GlobalAveragePooling1D', config: {} };
  if (target)
    return asSequence(exportable, [...steps, flat, blocksOf(last, [1], 'linear'), reshape(members, 1), mean], 1);
  if (classes) {
    const logits = [flat, blocksOf(last, [1], 'linear'), reshape(members, last.units)];
    const shares: TfjsLayer[] = [{ is: 'Activation', config: { activation: 'softmax' } }, mean];
    return asSequence(exportable, [...steps, ...logits, ...shares, ...logarithms(last.units)], last.units);
  }
  // Shares of positives and of the others, each to all its digits, make the log odds of their mean.
  const shares = [flat, blocksOf(last, [1, -1], 'sigmoid'), reshape(members, 2), mean];
  const odds = { inputs: 2, units: 1, activation: 'linear', kernel: Float32Array.of(1, -1), bias: new Float32Array(1) } as const; // prettier-ignore
  return asSequence(exportable, [...steps, ...shares, ...logarithms(2), dense(odds)], 1);
}

const flat: TfjsLayer = { is: 'Flatten', config: {} };
const reshape = (...shape: number[]): TfjsLayer => ({ is: 'Reshape', config: { target_shape: shape } });

/** Each number times its factor, plus its bias. */
const ownOf = (scale: Float32Array, bias: Float32Array): TfjsLayer => ({
  is: 'BatchNormalization',
  config: { axis: -1, epsilon: 0 },
  weights: Object.entries({
    gamma: scale,
    beta: bias,
    moving_mean: new Float32Array(bias.length),
    moving_variance: new Float32Array(bias.length).fill(1),
  }).map(([part, values]) => ({ part, shape: [values.length], values })),
});

/** The last kernels of all members; each unit of theirs as often as there are signs. */
function blocksOf(
  { members, inputs, units, kernel, bias }: DecodedMembers & { members: number },
  signs: readonly number[],
  activation: 'linear' | 'sigmoid',
): TfjsLayer {
  const each = units * signs.length;
  const all = new Float32Array(members * inputs * members * each);
  for (let row = 0; row < members * inputs; row++)
    for (let unit = 0; unit < each; unit++) {
      const member = Math.floor(row / inputs);
      all[(row * members + member) * each + unit] =
        signs[unit % signs.length]! * kernel[row * units + Math.floor(unit / signs.length)]!;
    }
  const biases = Float32Array.from(
    { length: members * each },
    (_, i) => signs[i % signs.length]! * bias[Math.floor(i / signs.length)]!,
  );
  return dense({ inputs: members * inputs, units: members * each, activation, kernel: all, bias: biases });
}

/**
 * The logarithm of each of so many shares. No activation of TF.js is one, so it is added up from straight pieces, in equal
 * steps of the logarithm; relu6 keeps each between nothing and 6. A sum from 1 down has few pieces where shares are large.
 */
function logarithms(width: number): TfjsLayer[] {
  const step = -LEAST / PIECES;
  const edges = Array.from({ length: PIECES + 1 }, (_, i) => Math.exp(-i * step));
  const slopes = Float32Array.from({ length: PIECES }, (_, i) => -6 / (edges[i]! - edges[i + 1]!));
  const shifts = Float32Array.from({ length: PIECES }, (_, i) => (6 * edges[i]!) / (edges[i]! - edges[i + 1]!));
  const pieces = { inputs: 1, units: PIECES, activation: 'relu6', kernel: slopes, bias: shifts } as const;
  const kernel = new Float32Array(PIECES).fill(-step / 6);
  const sum = { inputs: PIECES, units: 1, activation: 'linear', kernel, bias: new Float32Array(1) } as const;
  return [reshape(width, 1), dense(pieces), dense(sum), flat];
}
