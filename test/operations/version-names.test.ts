import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createVersionNames } from '../../adapters/postgres/training/version-names.ts';
import { createVersionNaming } from '../../operations/version-names.ts';
import { asAda } from '../support/asked.ts';
import { aVersion, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('what people call versions', () => {
  const database = perennialDatabase();
  const versions = () => createModelVersions(database());
  const naming = () =>
    asAda(
      createVersionNaming({ pipelines: createPipelines(database()), versionNames: createVersionNames(database()) }),
    );
  const give = (version: number, alias: string) => naming().alias({ pipeline: 'fraud', version, alias });
  const keep = (changes: { tags?: Record<string, string | null>; note?: string }) =>
    naming().describe({ pipeline: 'fraud', version: 1, ...changes });
  const audited = async (): Promise<unknown[]> =>
    (await database().query<{ action: string; details: object }>("select action, details from audit where action not in ('apply', 'register') order by id")).rows.map(({ action, details }) => [action, details]); // prettier-ignore
  beforeEach(async () => {
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
  });

  it('names one version at a time, moves at once, and is audited when it does', async () => {
    assert.deepEqual(await give(1, 'best-so-far'), { before: null });
    assert.deepEqual(await give(2, 'best-so-far'), { before: 1 });
    assert.deepEqual(await give(2, 'best-so-far'), { before: 2 });
    assert.deepEqual(await audited(), [
      ['alias', { alias: 'best-so-far', version: 1, before: null }],
      ['alias', { alias: 'best-so-far', version: 2, before: 1 }],
    ]);
    for (const text of ['best-so-far', 'v2', '2']) assert.equal(await naming().named('fraud', text), 2);
    const [second, first] = await versions().list('fraud');
    assert.deepEqual([second!.aliases, first!.aliases], [['best-so-far'], undefined]);
    assert.deepEqual((await versions().compared('fraud', [2]))[0]!.aliases, ['best-so-far']);
  });

  it('is one, however many people move it at once', async () => {
    await Promise.all([1, 2, 1, 2, 1].map((version) => give(version, 'best')));
    const { rows } = await database().query('select 1 from model_aliases');
    assert.equal(rows.length, 1);
  });

  it('is taken from the version that has it, and from no other', async () => {
    await give(1, 'best');
    await assert.rejects(naming().unalias({ pipeline: 'fraud', version: 2, alias: 'best' }), /v2 of fraud has no alias "best"/);
    await naming().unalias({ pipeline: 'fraud', version: 1, alias: 'best' });
    await assert.rejects(naming().named('fraud', 'best'), { code: 'MODEL_UNKNOWN', message: /"best" is not a version of fraud\. .*perennial models fraud/ });
  }); // prettier-ignore

  it('is refused where it is a number, what serves, no name, or of no version', async () => {
    for (const alias of ['v3', '3', 'Best', 'champion', '', 'a b', 'x'.repeat(64)])
      await assert.rejects(give(1, alias), { code: 'REQUEST_INVALID' }, alias);
    await assert.rejects(give(9, 'best'), { code: 'MODEL_UNKNOWN', message: /fraud has no version v9/ });
    await assert.rejects(keep({ tags: { 'a b': 'x' } }), /no name of a tag/);
    await assert.rejects(keep({ tags: { owner: '' } }), /needs a value/);
    assert.deepEqual(await audited(), []);
  });

  it('comes with tags and a note, changed one by one and audited', async () => {
    await keep({ tags: { owner: 'risk', draft: 'yes' }, note: 'first' });
    await keep({ tags: { owner: 'risk' } });
    assert.deepEqual(await keep({ tags: { draft: null, reviewed: 'yes' } }), { tags: { owner: 'risk', reviewed: 'yes' }, note: 'first' });
    assert.deepEqual(await keep({ note: '' }), { tags: { owner: 'risk', reviewed: 'yes' } });
    assert.equal((await audited()).length, 3, 'what changed nothing is not audited');
    const { tags, note } = await versions().get('fraud', 1);
    assert.deepEqual([tags, note], [{ owner: 'risk', reviewed: 'yes' }, undefined]);
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`t${i}`, 'x']));
    await assert.rejects(keep({ tags: many }), /at most 50 tags/);
  }); // prettier-ignore

  it('is listed without the slices that are stored of each version', async () => {
    await database().query(`update model_versions set evidence = jsonb_set(evidence, '{evaluation,slices}', '{"big": 1}') where version = 1`); // prettier-ignore
    const listed = (await versions().list('fraud')).find(({ version }) => version === 1)!;
    assert.equal(listed.evaluation.slices, undefined);
    assert.deepEqual((await versions().get('fraud', 1)).evaluation.slices, { big: 1 });
  });
});
