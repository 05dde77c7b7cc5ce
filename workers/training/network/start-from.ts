import { type Network } from './network.ts';
import { type Target } from '../../../core/model/artifact.ts';
import { networksIn, type StoredNetwork } from '../../../core/model/networks.ts';
import { decodeWeights } from '../../../core/model/numbers/weights.ts';
import { parseArtifact } from '../../../core/model/scorer.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { readFile } from 'node:fs/promises';

/** The network that a training starts from; null: none. */
export async function networkToStartFrom({ startFrom }: TrainingJob): Promise<StoredNetwork | null> {
  if (!startFrom) return null;
  const { file, network } = startFrom;
  const found = networksIn(parseArtifact(await readFile(file, 'utf8'))).find(({ candidate }) => candidate === network);
  if (!found) throw new Error(`The model to start from has no network "${network}"`);
  return found;
}

/** Takes its weights, so that what it said of a row is what the new one says, in the scale of the new one's labels. */
export function takeWeights({ layers }: Network, stored: StoredNetwork, target: Target | null): void {
  for (const [index, { kernel, scale, bias }] of layers.entries()) {
    const from = stored.layers[index]!;
    kernel.set(decodeWeights(from.kernel, kernel.length));
    if (scale.length > 0) scale.set(decodeWeights((from as { scale: string }).scale, scale.length));
    bias.set(decodeWeights(from.bias, bias.length));
  }
  if (!stored.target || !target) return;
  const { kernel, bias } = layers.at(-1)!;
  const wider = stored.target.deviation / target.deviation;
  const higher = (stored.target.mean - target.mean) / target.deviation;
  for (let i = 0; i < kernel.length; i++) kernel[i]! *= wider;
  for (let i = 0; i < bias.length; i++) bias[i] = bias[i]! * wider + higher;
}
