import { temporalChecks } from '../../../adapters/doctor/temporal.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createSchedules } from '../../../adapters/temporal/schedules.ts';
import { type Config } from '../../../core/base/settings/config.ts';
import { type Finding } from '../../../core/runs/doctor.ts';
import { examine } from '../../../operations/doctor.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { devServer, eventually } from '../../support/temporal/dev-server.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { reluctantTemporal } from '../../support/temporal/reluctant-temporal.ts';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const A_DAY_MS = 86_400_000;

describe('the doctor, for a running Temporal @slow', () => {
  const server = devServer();
  const database = perennialDatabase();
  const look = async (
    temporal = server().settings,
    { only, patience = A_DAY_MS }: { only?: string; patience?: number } = {},
  ): Promise<Map<string, Finding>> => {
    const config = { temporal, databaseUrl: database.url(), objectStoreUrl: 'file:///nowhere' } as Config;
    const checks = temporalChecks(config).filter(({ name }) => only === undefined || name === only);
    return new Map((await examine(checks, patience)).map((finding) => [finding.check, finding]));
  };
  /** Where the schedules take this long to answer. */
  const slow = (milliseconds: number) =>
    reluctantTemporal(server().settings, async (asked) =>
      asked === 'DescribeSchedule' ? sleep(milliseconds, null, { ref: false }) : null,
    );

  it('reports that no worker runs and nothing is scheduled, and later that all is well', async () => {
    const before = await look();
    assert.match(before.get('Temporal')!.found, /^1\.\d+\.\d+ answers at 127\.0\.0\.1/);
    assert.equal(before.get('search attributes')!.state, 'ok');
    assert.match(before.get('workers')!.found, /No worker has polled for control, data, training/);
    assert.match(
      before.get('schedules')!.found,
      /fraud\/data is missing, declared "0 2 \* \* \*" \(UTC\); .*fraud\/monitoring is missing/,
    );
    assert.equal(before.get('schedules')!.fix, 'To update them: perennial apply');

    const schedules = createSchedules(server().client, server().settings, { paused: false });
    await schedules.put(aPipeline({ name: 'fraud' }), database.ref());
    const stop = await server().work({});
    const after = await eventually(async () => {
      const found = await look();
      return found.get('workers')!.state === 'ok' && found; // they ask for work in a moment
    });
    assert.deepEqual(
      [...after.values()].map(({ check, state }) => `${check}: ${state}`),
      ['Temporal: ok', 'search attributes: ok', 'workers: ok', 'workflow versions: warning', 'schedules: ok'],
    );
    await stop();

    await schedules.pause('fraud', 'data', 'Paused by ada: mending');
    assert.match((await look()).get('schedules')!.found, /^Paused: fraud\/data \(Paused by ada: mending\)/);
    await database().query(
      `insert into revisions (pipeline, revision, declaration, created_by) values ('broken', 'r1', '{"name": "broken"}', 'ada')`,
    );
    await database().query(`insert into pipelines (name, revision) values ('broken', 'r1')`);
    const changed = aPipeline({ name: 'fraud', schedules: { data: { cron: '30 4 * * *', zone: 'Europe/Berlin' } } });
    await createPipelines(database()).apply(changed, 'ada');
    const { found } = (await look()).get('schedules')!;
    assert.match(found, /fraud\/data is "0 2 \* \* \*" \(UTC\), declared "30 4 \* \* \*" \(Europe\/Berlin\)/);
    assert.match(found, /cannot read the stored revision r1 of broken/);
  });

  it('waits for a busy Temporal, and tells a slow one from a misconfigured one', async () => {
    const busy = await slow(5_000);
    const waited = await look(busy.settings);
    assert.match(waited.get('schedules')!.found, /fraud\/data is "0 2|The schedules of|Paused/);
    busy.close();
    const slower = await slow(A_DAY_MS);
    const found = await look(slower.settings, { only: 'schedules', patience: 1_000 });
    const { state, found: words, fix } = found.get('schedules')!;
    assert.deepEqual([state, words], ['warning', 'It did not answer in 1 s.']);
    assert.match(fix!, /^It may be overloaded\. Try again/);
    const other = await look(slower.settings, { only: 'search attributes' });
    assert.equal(other.get('search attributes')!.state, 'ok');
    slower.close();
  });
});
