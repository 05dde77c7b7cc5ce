import { asDenseLayers, type Network } from './network.ts';
import { type NetworkModel, type TabmModel } from '../../../core/model/artifact.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';

/** A trained network as an artifact has it. */
export function modelOf(
  network: Network,
): Pick<NetworkModel, 'kind' | 'layers'> | Pick<TabmModel, 'kind' | 'members' | 'layers'> {
  const { layers, members } = network;
  if (members === 0) return { kind: 'network', layers: asDenseLayers(network) };
  return {
    kind: 'tabm',
    members,
    layers: layers.map(({ inputs, units, kernel, scale, bias }) => ({
      inputs,
      units,
      kernel: encodeWeights(kernel),
      ...(scale.length > 0 && { scale: encodeWeights(scale) }),
      bias: encodeWeights(bias),
    })),
  };
}
