import { thisProcess } from '../../adapters/machine/processes.ts';
import { runningFile } from '../../adapters/machine/running.ts';
import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { folderPerTest } from '../support/folders.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import { connectCommand } from '../../wiring/command.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

describe('the declarations of a command', () => {
  const folder = folderPerTest();

  it('are those of what runs in the home folder, unless another folder is named', async () => {
    const places = { home: folder(), started: join(folder(), 'started'), named: join(folder(), 'named') };
    const running = { ...thisProcess(), environment: { PERENNIAL_RECIPES: `${places.started},elsewhere` } };
    writeFileSync(runningFile(places.home), JSON.stringify(running));
    const namesIn = (pipelines?: string) =>
      connectCommand({ home: places.home, ...(pipelines && { pipelines }) }, {}).readDeclarations([]);
    await assert.rejects(namesIn(), ({ message }: Error) => message.includes(places.started));
    await assert.rejects(namesIn(places.named), ({ message }: Error) => message.includes(places.named));
  });
});

describe('the actor of a command', () => {
  const database = perennialDatabase();
  const folder = folderPerTest();

  it('is in the audit by the name in PERENNIAL_USER, or else as the user of the machine', async () => {
    const about = { fingerprint: 'workers-gone', pipeline: null, kind: 'workers-gone', severity: 'critical' } as const;
    const words = { summary: 'no worker', detail: '', occasion: 'now', at: '2026-03-01T12:00:00.000Z' };
    const { id } = await createAlerts(database()).raise({ ...about, ...words }, '6 hours');
    const given = {
      DATABASE_URL: database.url(),
      OBJECT_STORE_URL: 'file:///nowhere',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    for (const environment of [given, { ...given, PERENNIAL_USER: 'ada' }]) {
      const { connect } = connectCommand({ home: folder(), pipelines: folder() }, environment);
      const { operations, close } = await connect(() => undefined);
      await operations.alerts.silence(id, '2999-01-01T00:00:00.000Z');
      await close();
    }
    const { rows } = await database().query(`select who, via from audit where action = 'silence alert' order by id`);
    assert.deepEqual(rows, [
      { who: userInfo().username, via: 'cli' },
      { who: 'ada', via: 'cli' },
    ]);
  });
});
