import { bundleLoops, quieten } from '../support/temporal/workflows.ts';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import proto from '@temporalio/proto';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';

const folder = new URL('../histories/', import.meta.url);

const workflows = new URL('../../workflows/', import.meta.url);
interface Marked {
  markerRecordedEventAttributes?: { details?: Record<string, { payloads: { data: string }[] }> };
}

describe('runs that began with an earlier release @slow', () => {
  let bundle: Awaited<ReturnType<typeof bundleLoops>>;
  const histories = async () => (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const recorded = async (name: string) =>
    JSON.parse(await readFile(new URL(name, folder), 'utf8')) as { events: object[] };
  const replay = async (name: string, events: { events: object[] }) => {
    const history = proto.temporal.api.history.v1.History.fromObject(events);
    const options = { workflowBundle: bundle, replayName: name };
    for await (const { error } of Worker.runReplayHistories(options, [{ workflowId: name, history }]))
      if (error) throw error;
  };
  before(async () => {
    quieten();
    bundle = await bundleLoops();
  });

  it('are recorded for every loop', async () => {
    const loops = [
      'care',
      'data',
      'data-not-repaired',
      'data-repaired',
      'experiment',
      'experiment-continued',
      'lifecycle',
      'monitoring',
      'monitoring-of-data',
      'prediction',
      'retraining',
      'retraining-continued',
      'rollout',
      'rollout-approved',
      'scheduled-request',
      'training',
      'training-ensemble',
      'training-nothing-new',
      'training-search',
      'training-to-rollout',
      'training-warm-start',
    ];
    const names = (await histories()).map((name) => name.replace('.json', ''));
    assert.deepEqual(
      loops.filter((loop) => !names.includes(loop)),
      [],
    );
  });

  it('went through every patch of the loops', async () => {
    const sources = (await readdir(workflows, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(sources.map((name) => readFile(new URL(name, workflows), 'utf8')));
    const patches = texts.flatMap((text) => [...text.matchAll(/\bpatched\('([^']+)'\)/g)].map(([, name]) => name!));
    assert.ok(patches.length > 0);
    const taken = new Set<string>();
    for (const name of await histories())
      for (const event of (await recorded(name)).events as Marked[])
        for (const { data } of event.markerRecordedEventAttributes?.details?.['patch-data']?.payloads ?? [])
          taken.add((JSON.parse(Buffer.from(data, 'base64').toString()) as { id: string }).id);
    // Only trainings that began before rollouts had runs of their own come to these.
    const ofEarlierReleases = ['words-are-stored-first', 'stored-word-is-looked-for'];
    const never = patches.filter((patch) => !taken.has(patch) && !ofEarlierReleases.includes(patch));
    assert.deepEqual(never, []);
  });

  it("replay on today's loops", async () => {
    for (const name of await histories()) await replay(name, await recorded(name));
  });

  it('would fail to replay if a step came in another order', async () => {
    const changed = await recorded('data.json');
    const text = JSON.stringify(changed).replaceAll('"assembleSnapshot"', '"validateSnapshot"');
    await assert.rejects(replay('data.json', JSON.parse(text) as { events: object[] }), DeterminismViolationError);
  });

  it("contain no machine's name", async () => {
    for (const name of await histories())
      assert.doesNotMatch(JSON.stringify(await recorded(name)), /"identity":"(?!worker")|\(\/|file:\/\//, name);
  });
});
