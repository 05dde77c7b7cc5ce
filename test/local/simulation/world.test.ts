import { startWorld, worldClock, type WorldOptions } from '../../../local/simulation/world.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { until } from '../../server/fakes.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('a simulated world', () => {
  for (const away of ['the database', 'Temporal', 'the worker'])
    it(`runs what was due while ${away} did not answer`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'perennial-world-'));
      const [started, noted]: [string[], string[]] = [[], []];
      const answer = async <T>(of: string, found: T): Promise<T> => {
        if (of === away && noted.length === 0)
          throw new UserError(of === 'the worker' ? 'NO_WORKER' : 'UNREACHABLE', `${away} is away`);
        return found;
      };
      const operations = {
        overview: {
          list: () => answer('the database', [{ name: 'fraud', revision: 'a' }]),
          of: async () => ({ declaration: { name: 'fraud', schedules: { retraining: '0 3 * * *' } } }),
        },
        schedules: { list: () => answer('Temporal', []) },
        run: {
          start: async (loop: string, pipeline: string, asOf: string) => {
            await answer('the worker', null);
            return `${loop} ${pipeline} ${started.push(asOf)}`;
          },
          state: async () => ({ status: 'finished' }),
          result: async () => null,
        },
      } as unknown as WorldOptions['operations'];
      const world = startWorld({
        simulated: [],
        operations,
        serverUrl: '',
        clock: worldClock('2026-01-03T00:00:00.000Z', 1),
        state: { seed: 1, driftSince: null, shown: '2026-01-02T00:00:00.000Z' },
        stateFile: join(folder, 'world.json'),
        note: (words) => void noted.push(words),
      });
      try {
        await until(() => started.length > 0, 'the run of the day is started');
        assert.deepEqual(started, ['2026-01-02T03:00:00.000Z']);
        assert.deepEqual(noted, [`${away} is away`]);
      } finally {
        await world.stop();
        await rm(folder, { recursive: true });
      }
    });
});
