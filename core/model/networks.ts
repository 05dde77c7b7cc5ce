import type { MemberLayer, DenseLayer, Encoding, ModelArtifact, Target } from './artifact.ts';

/** A network's weights, with what its inputs and its output mean. */
export interface StoredNetwork {
  candidate: string;
  encodings: Encoding[];
  target: Target | null;
  /** Networks that share most of their weights; 0: one network. */
  members: number;
  layers: (DenseLayer | MemberLayer)[];
}

/** The network that a model is, or those that it averages, the weightiest first. */
export function networksIn(model: ModelArtifact): StoredNetwork[] {
  const { candidate, encodings, target = null } = model;
  const parts =
    model.kind === 'ensemble'
      ? model.members.map(({ candidate, reads, model }) => {
          return { candidate, encodings: reads.map((place) => encodings[place]!), part: model };
        })
      : [{ candidate, encodings, part: model }];
  return parts.flatMap(({ part, ...rest }): StoredNetwork[] => {
    if (part.kind === 'network') return [{ ...rest, target, members: 0, layers: part.layers }];
    return part.kind === 'tabm' ? [{ ...rest, target, members: part.members, layers: part.layers }] : [];
  });
}
