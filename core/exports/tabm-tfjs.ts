import type { ArtifactOf } from '../model/artifact.ts';
import { decodeMembers, type DecodedMembers } from '../model/kinds/tabm.ts';
import type { Exportable, ExportedFile } from './exported.ts';
import { asSequence, dense, type TfjsLayer } from './tfjs.ts';

/**
 * A chain in which rows of members x units pass through one layer. What is a member's own is a convolution of one place,
 * with all members' units for channels.
 */
export function tabmAsTfjs(exportable: Exportable<ArtifactOf<'tabm'>>): ExportedFile[] {
  const { members, target, classes } = exportable.model;
  const layers = decodeMembers(exportable.model);
  const hidden = layers.slice(0, -1).flatMap(({ inputs, units, kernel, scale, bias }, index) => {
    const own = { height: 1, channels: members * units, each: 1, activation: 'relu' } as const;
    const repeat: TfjsLayer[] = index === 0 ? [{ is: 'RepeatVector', config: { n: members } }] : [];
    return [
      plain(inputs, units, kernel),
      ...repeat,
      ...perChannel({ ...own, kernel: scale ?? new Float32Array(bias.length).fill(1), bias }),
      reshape(members, units),
    ];
  });
  const last = { ...layers.at(-1)!, members };
  const steps = [...hidden, ...lastOf(last)];
  if (target || members === 1) return asSequence(exportable, [...steps, mean], last.units);
  if (classes) return asSequence(exportable, [...steps, ...logMeanShares(members, last.units)], last.units);
  // A logit is what the positives have where the others have 0.
  const logits = plain(1, 2, Float32Array.of(1, 0));
  const odds = plain(2, 1, Float32Array.of(1, -1));
  return asSequence(exportable, [...steps, logits, ...logMeanShares(members, 2), odds], 1);
}

const mean: TfjsLayer = { is: 'GlobalAveragePooling1D', config: {} };
const logSoftmax: TfjsLayer = { is: 'Activation', config: { activation: 'logSoftmax' } };
const swap: TfjsLayer = { is: 'Permute', config: { dims: [2, 1] } };
const flat: TfjsLayer = { is: 'Flatten', config: {} };
const reshape = (...shape: number[]): TfjsLayer => ({ is: 'Reshape', config: { target_shape: shape } });

const plain = (inputs: number, units: number, kernel: Float32Array, bias = new Float32Array(units)): TfjsLayer =>
  dense({ inputs, units, activation: 'linear', kernel, bias });

/** So many sums of each channel, with weights of its own. */
function perChannel({ height, channels, each, activation, kernel, bias }: PerChannel): TfjsLayer[] {
  const convolution: TfjsLayer = {
    is: 'DepthwiseConv2D',
    config: { kernel_size: [height, 1], depth_multiplier: each, activation, use_bias: true },
    weights: [
      { part: 'depthwise_kernel', shape: [height, 1, channels, each], values: kernel },
      { part: 'bias', shape: [channels * each], values: bias },
    ],
  };
  return [reshape(height, 1, channels), convolution];
}

interface PerChannel {
  height: number;
  channels: number;
  each: number;
  activation: 'relu' | 'linear';
  kernel: Float32Array;
  bias: Float32Array;
}

/** The last layers: members are channels, and a kernel is as high as what comes in. */
function lastOf({ members, inputs, units, kernel, bias }: DecodedMembers & { members: number }): TfjsLayer[] {
  const turned = new Float32Array(kernel.length);
  for (let member = 0, at = 0; member < members; member++)
    for (let input = 0; input < inputs; input++)
      for (let unit = 0; unit < units; unit++) turned[(input * members + member) * units + unit] = kernel[at++]!;
  const own = { height: inputs, channels: members, each: units, activation: 'linear' } as const;
  return [swap, ...perChannel({ ...own, kernel: turned, bias }), reshape(members, units)];
}

/** e to this is 0, and numbers of 16 bits hold it. */
const NOWHERE = -10_000;

/**
 * From each member's logits to the logarithm of the members' mean shares, but for a constant that all classes have. No layer
 * has a logarithm, but the activation logSoftmax subtracts that of a sum of powers from each number. What it subtracted is
 * the difference of the first member's number before and after, so that number is kept beside, next to a 0: both lose the
 * same.
 */
function logMeanShares(members: number, width: number): TfjsLayer[] {
  const wide = 2 * members;
  const beside = new Float32Array(members * wide);
  for (let member = 0; member < members; member++) beside[member * wide + member] = 1;
  beside[members] = 1;
  const fill = new Float32Array(wide).fill(NOWHERE, members + 2);
  const taken = new Float32Array(wide);
  taken.set([1, -1], members);
  taken[0] = -1;
  return [
    logSoftmax,
    swap,
    plain(members, wide, beside, fill),
    reshape(width, 2, members),
    logSoftmax,
    reshape(width, wide),
    plain(wide, 1, taken),
    flat,
  ];
}
