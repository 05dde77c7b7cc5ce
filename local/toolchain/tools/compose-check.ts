import { byGo } from '../fetches.ts';
import { find, type FindOptions, type Found, type Tool } from '../find.ts';
import { goModules } from '../pins.ts';

/** The library by which "docker compose" reads its files, with the small command that its makers give it. */
export const composeTool: Tool = {
  title: "The compose specification's reader",
  name: 'compose-spec',
  variable: 'COMPOSE_SPEC_BINARY',
  onPath: true,
  asked: { args: ['--help'], version: () => '' },
  fetches: [byGo(goModules.composeSpec)],
  code: 'TOOL_NOT_FOUND',
  remedy: 'Install Go, or name the program by COMPOSE_SPEC_BINARY, and try again.',
};

export const findComposeSpec = (options?: FindOptions): Promise<Found> => find(composeTool, options);
