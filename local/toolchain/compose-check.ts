import { findGoTool, type FindOptions, type GoTool } from './go-tool.ts';
import { goModules } from './pins.ts';

// The library by which "docker compose" reads its files, with the small command that its makers give it.
const tool: GoTool = {
  name: 'compose-spec',
  variable: 'COMPOSE_SPEC_BINARY',
  asked: { args: ['--help'], says: /^/ },
  version: goModules.composeSpec.replace(/.*@v/, ''),
  module: goModules.composeSpec,
};

/** The compose specification's own reader: checks a file against the schema and prints what it means. */
export const findComposeSpec = (options?: FindOptions): Promise<string> => findGoTool(tool, options);
