import { findGoTool, type FindOptions, type GoTool } from './go-tool.ts';
import { goModules, helm, machine } from './pins.ts';

const platform = machine.replace('x64', 'amd64');
const sha256 = helm.sha256[machine];

const tool: GoTool = {
  name: 'helm',
  variable: 'HELM_BINARY',
  asked: { args: ['version', '--short'], says: /^v3\./ },
  version: helm.version,
  module: goModules.helm,
  ...(sha256 !== undefined && {
    download: {
      url: `https://get.helm.sh/helm-v${helm.version}-${platform}.tar.gz`,
      inArchive: `${platform}/helm`,
      sha256,
    },
  }),
};

/** Helm, which reads our chart in the tests. */
export const findHelm = (options?: FindOptions): Promise<string> => findGoTool(tool, options);
