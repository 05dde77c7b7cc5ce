import { findGoTool, type FindOptions, type GoTool, goPlatform } from './go-tool.ts';

const VERSION = '3.22.0';
const platform = `${goPlatform.os}-${goPlatform.arch}`;

const tool: GoTool = {
  name: 'helm',
  variable: 'HELM_BINARY',
  asked: { args: ['version', '--short'], says: /^v3\./ },
  version: VERSION,
  module: `helm.sh/helm/v3/cmd/helm@v${VERSION}`,
  download: { url: `https://get.helm.sh/helm-v${VERSION}-${platform}.tar.gz`, inArchive: `${platform}/helm` },
};

/** Helm, which reads our chart in the tests. */
export const findHelm = (options?: FindOptions): Promise<string> => findGoTool(tool, options);
