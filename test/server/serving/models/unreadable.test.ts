import { createModelVersions } from '../../../../adapters/postgres/training/model-versions.ts';
import { createPipelines } from '../../../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../../../adapters/postgres/predictions/prediction-log.ts';
import { createTrafficTable } from '../../../../adapters/postgres/rollout/traffic.ts';
import { type PipelineRef } from '../../../../core/declaration/pipeline.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { runSql } from '../../../support/postgres/postgres.ts';
import { aPipeline, aRow, aServer, cleanUp, NOW, predict, World } from '../../fakes.ts';
import assert from 'node:assert/strict';
import { pino } from 'pino';

/** Pipelines as rows in Postgres, some of them stored by a release that this one knows nothing of. */
describe('a server over a database with a declaration that it cannot read', () => {
  const database = perennialDatabase();
  let world: World;
  let logged: { level: number; msg: string }[];
  beforeEach(() => {
    world = new World();
    logged = [];
  });
  afterEach(cleanUp);

  const start = () =>
    aServer(world, {
      traffic: createTrafficTable(database()),
      modelVersions: createModelVersions(database()),
      pipelines: createPipelines(database()),
      predictions: createPredictionLog(database()),
      logger: pino({ level: 'warn' }, { write: (line) => void logged.push(JSON.parse(line)) }),
      pollMs: 1,
    });
  const health = async (server: Awaited<ReturnType<typeof start>>) => (await server.app.inject('/health')).json();

  /** Stores a declaration as another release would, without anybody looking at it. */
  async function store(name: string, changes: object): Promise<PipelineRef> {
    const revision = `r-${Object.keys(changes).join('-')}`;
    await database().query(
      'insert into revisions (pipeline, revision, declaration, created_by) values ($1, $2, $3, $4)',
      [name, revision, { ...aPipeline(name), ...changes }, 'a newer release'],
    );
    await database().query(
      'insert into pipelines (name, revision) values ($1, $2) on conflict (name) do update set revision = excluded.revision',
      [name, revision],
    );
    return { name, revision };
  }

  async function serve({ name, revision }: PipelineRef, version: number): Promise<void> {
    world.register(version, version, name);
    const { objectKey, sha256 } = world.versions.get(`${name}/${version}`)!;
    // What training leaves behind is not this test's subject: rows without the snapshots and runs they point to.
    await runSql(
      database.url(),
      `set search_path = perennial; set session_replication_role = replica;
       insert into training_runs (id, pipeline, revision, cycle, as_of, snapshot, generation)
       values ('${name}-${version}', '${name}', '${revision}', '${name}-${version}', '${NOW}', 's', 0);
       insert into model_versions (pipeline, version, revision, training_run, candidate, object_key, sha256, stage, evidence)
       values ('${name}', ${version}, '${revision}', '${name}-${version}', 'logistic', '${objectKey}', '${sha256}', 'candidate', '{}')`,
    );
    const expectedGeneration = (await createTrafficTable(database()).get(name))?.generation ?? 0;
    await createTrafficTable(database()).promote({
      pipeline: name,
      version,
      expectedGeneration,
      at: NOW,
      by: 'test',
      reason: 'test',
    });
  }

  it('serves all the others and follows their traffic, and reports once which one it cannot read and why', async () => {
    const broken = await store('broken', { candidates: [{ kind: 'oracle', name: 'delphi' }] });
    await serve(broken, 1);
    const sound = (await createPipelines(database()).apply(aPipeline(), 'ada')).ref;
    await serve(sound, 1);
    const server = await start();
    for (let look = 0; look < 20; look++) await server.watch.look();
    assert.equal((await predict(server, aRow())).body.version, 1);
    await serve(sound, 2);
    await server.watch.look();
    assert.equal((await predict(server, aRow())).body.version, 2);

    const { pipelines, database: asked, ready } = await health(server);
    assert.deepEqual([asked.reachable, ready, pipelines.fraud.problem], [true, true, null]);
    assert.match(pipelines.broken.problem, /^This release cannot read the stored revision r-candidates of broken:\n.*candidates\.0/); // prettier-ignore
    const { status, body } = await predict(server, aRow(), 'broken');
    assert.deepEqual([status, body.error.code], [503, 'NO_CHAMPION']);
    assert.match(
      body.error.message,
      /broken cannot be served: This release cannot read the stored revision r-candidates of broken/,
    );
    const metrics = (await server.app.inject('/metrics')).body;
    assert.match(metrics, /perennial_model_problem\{pipeline="broken"\} 1\n/);
    assert.match(metrics, /perennial_model_problem\{pipeline="fraud"\} 0\n/);
    assert.deepEqual(logged.map(({ msg }) => msg.split('\n')[0]), ['broken: This release cannot read the stored revision r-candidates of broken:']); // prettier-ignore
  });

  it('serves it too once it is applied again', async () => {
    await store('broken', { candidates: [] });
    const server = await start();
    assert.notEqual((await health(server)).pipelines.broken.problem, null);
    const { ref } = await createPipelines(database()).apply(aPipeline('broken'), 'ada');
    await serve(ref, 1);
    await server.watch.look();
    assert.equal((await health(server)).pipelines.broken.problem, null);
    assert.equal((await predict(server, aRow(), 'broken')).body.version, 1);
  });

  it('reads what a newer release has stored, without the keys that it does not know', async () => {
    const { drift } = aPipeline();
    await serve(await store('newer', { drift: { ...drift, alarm: 'sequential' }, ensembles: [] }), 1);
    const server = await start();
    assert.equal((await health(server)).pipelines.newer.problem, null);
    assert.equal((await predict(server, aRow(), 'newer')).body.version, 1);
  });
});
