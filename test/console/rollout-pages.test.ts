import { aServer, aServingWorld, cleanUp } from '../server/fakes.ts';
import { anApproval, Scene } from './fakes.ts';
import { aRollout, looksOf, rolloutsThat } from './rollouts.ts';
import { type RolloutShown } from '../../operations/index.ts';
import assert from 'node:assert/strict';

const PAGE = { accept: 'text/html' };
const OWN = { ...PAGE, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
const address = ({ id }: RolloutShown): string => `/pipelines/fraud/rollouts/${encodeURIComponent(id)}`;

describe('the page of a rollout', () => {
  afterEach(cleanUp);
  const open = async (scene: Scene) => aServer(aServingWorld(), { operations: scene.door() });
  /** The page as text of one line, tags included. */
  async function pageOf(rollout: RolloutShown, changes: Partial<Scene> = {}): Promise<string> {
    const scene = Object.assign(new Scene(), { rollouts: [rollout], ...changes });
    const { app } = await open(scene);
    const { statusCode, body } = await app.inject({ url: address(rollout), headers: PAGE });
    assert.equal(statusCode, 200, body);
    assert.doesNotMatch(body, /NaN|Infinity|undefined| style=/);
    return body.replace(/\s+/g, ' ').replaceAll('> <', '><');
  }
  const buttonsOf = (page: string): string[] => [...page.matchAll(/href="\/actions\/([a-z-]+)\?/g)].map(([, name]) => name!); // prettier-ignore
  const wayOf = (page: string): string[] =>
    [...page.matchAll(/<li[^>]*><b>([^<]+)<\/b><small>([^<]+)</g)].map(([, step, how]) => `${step} ${how}`);
  const chartsOf = (page: string): string[] => [...page.matchAll(/class="chart" role="img" aria-label="([^"]+)"/g)].map(([, words]) => words!); // prettier-ignore

  it('says that a rollout has not begun, and offers no buttons', async () => {
    const page = await pageOf(rolloutsThat.haveNoLooks());
    assert.match(page, /under way<\/span> It has not begun a step\./);
    assert.deepEqual(wayOf(page), ['shadow now', '10 % to come', '50 % to come', '100 % to come']);
    assert.deepEqual(buttonsOf(page), []);
    assert.equal(page.match(/No look yet\./g)?.length, 3);
  });

  it('shows a shadow, which sees all requests, and how many are missing', async () => {
    const page = await pageOf(rolloutsThat.areInTheShadow());
    assert.match(page, /under way<\/span> waits: 220 of 500 requests/);
    assert.match(page, /Shares of the requests: v4 100 % and v5 as a shadow/);
    assert.match(page, /<dt>Requests<\/dt><dd>220<small>at least 500<\/small>/);
    assert.match(page, /<dt>At least until<\/dt><dd><time datetime="2026-03-04T09:00:00.000Z">/);
    assert.deepEqual(buttonsOf(page), ['hold', 'skip', 'abort']);
  });

  it('shows what is known without the steps of a declaration that a newer release stored', async () => {
    const page = await pageOf({ ...rolloutsThat.areUnsure(), steps: null });
    assert.match(page, /Steps: unknown, because this release cannot read their declaration\./);
    assert.match(page, /Shares of the requests: v4 90 % and v5 10 %/);
    assert.match(page, /What the checks say in step 2/);
    assert.deepEqual(buttonsOf(page), ['hold', 'skip', 'abort']);
  });

  it('draws how the interval of an unproven check narrows', async () => {
    const page = await pageOf(rolloutsThat.areUnsure());
    assert.match(page, /▲ unsure<\/span> errors: 18 of 900 requests failed/);
    assert.match(page, /Shares of the requests: v4 90 % and v5 10 %/);
    assert.deepEqual(wayOf(page), ['shadow done', '10 % now', '50 % to come', '100 % to come']);
    const [errors] = chartsOf(page);
    const highs = [...errors!.matchAll(/from [\d.]+× to ([\d.]+)×/g)].map(([, high]) => Number(high));
    assert.ok(highs.length === 2 && highs[1]! < highs[0]! / 2, errors);
    assert.match(errors!, /Allowed: up to 1×\.$/);
    assert.match(chartsOf(page).at(-1)!, /standard deviations above the champion: .* Allowed: −?0\.08 to 0\.12\.$/);
  });

  describe('whose version has all traffic', () => {
    const outcome = { result: 'promoted', reason: 'better', endedAt: '2026-03-04T11:00:00.000Z' } as const;
    const promoted = (changes: Partial<RolloutShown> = {}) =>
      aRollout({ outcome, passed: 3, step: { at: 2, since: '2026-03-04T10:00:00.000Z' }, ...changes });

    it('says that labels are to confirm it, and what they said so far', async () => {
      const [look] = looksOf(2, 3_000);
      const page = await pageOf(promoted({ confirming: true, looks: [{ ...look!, step: 3 }] }));
      assert.match(page, /promoted<\/span> Labels are to confirm it: the former champion scores as a shadow/);
      assert.match(page, /What the checks say after all traffic/);
      assert.match(page, /<small>labels, [\d,]+ requests/);
      assert.deepEqual(buttonsOf(page), []);
    });

    for (const [result, words] of [
      ['confirmed', 'confirmed'],
      ['taken back', 'taken back'],
      ['superseded', 'not confirmed'],
    ] as const)
      it(`says that it was ${words}, and why`, async () => {
        const confirmation = {
          result,
          reason: 'losses: 0.3 on 4,000 labelled rows',
          endedAt: '2026-03-12T11:00:00.000Z',
        };
        const page = await pageOf(promoted({ confirmation }));
        assert.match(page, new RegExp(`${words}</span> losses: 0\\.3 on 4,000 labelled rows`));
        assert.match(page, /<dt>Labels told<\/dt><dd><time datetime="2026-03-12T11:00:00.000Z">/);
      });
  });

  it('lets a held one continue', async () => {
    const page = await pageOf(rolloutsThat.areHeld());
    assert.match(page, /▲ held<\/span> ada holds it: I look at the errors first/);
    assert.deepEqual(buttonsOf(page), ['continue', 'skip', 'abort']);
  });

  it('lets one that declares a pause continue, or be held', async () => {
    const [look, ...before] = looksOf(1, 3_000);
    const paused = { ...look!, decision: 'hold' as const, reason: 'a person lets it continue' };
    assert.deepEqual(buttonsOf(await pageOf(aRollout({ looks: [paused, ...before] }))), ['hold', 'continue', 'skip', 'abort']); // prettier-ignore
  });

  it('shows the evidence for which a version was rolled back, and offers no buttons', async () => {
    const page = await pageOf(rolloutsThat.areRolledBack());
    assert.match(page, /rolled back<\/span> v5 at 10 %: errors: 10 of 83 requests failed/);
    assert.match(page, /■ worse<\/span> errors: /);
    assert.deepEqual(wayOf(page), ['shadow done', '10 % rolled back', '50 % not reached', '100 % not reached']);
    assert.deepEqual(buttonsOf(page), []);
    assert.match(page, /10 %, 83 requests<\/small ?><\/th><td><span class="badge bad">■ roll back/);
  });

  it('keeps the steps that a promoted version went through', async () => {
    const page = await pageOf(rolloutsThat.arePromoted());
    assert.match(page, /✓ promoted<\/span> Better than the champion by 0\.02\./);
    assert.deepEqual(wayOf(page), ['shadow done', '10 % done', '50 % done', '100 % done']);
    assert.match(page, /What the checks say at 50 %/);
    assert.doesNotMatch(page, /Shares of the requests/);
  });

  it('asks a person to approve the version that waits for one', async () => {
    const rollout = aRollout({ passed: 1, step: { at: 0, since: '2026-03-04T08:00:00.000Z' }, looks: looksOf(0, 800) });
    const page = await pageOf(rollout, { approvals: [anApproval({ rollout: rollout.id })] });
    assert.match(page, /waits for approval<\/span> for a person until <time/);
    assert.deepEqual(buttonsOf(page), ['approve', 'reject']);
  });

  it('says which rollout it waits for', async () => {
    const first = aRollout();
    const second = aRollout({ id: 'later', version: 6, askedAt: '2026-03-04T09:00:00.000Z', passed: 0, step: null, looks: [] }); // prettier-ignore
    const page = await pageOf(second, { rollouts: [second, first] });
    assert.match(page, /waits<\/span> until the rollout of v5 has ended/);
  });

  it('says that it waits for an experiment', async () => {
    const page = await pageOf({ ...rolloutsThat.haveNoLooks(), waitsFor: 'fraud-e2' });
    assert.match(page, /waits<\/span> until fraud-e2 has ended/);
  });

  it('is JSON for a program, and 404 for a rollout that is not there', async () => {
    const scene = Object.assign(new Scene(), { rollouts: [rolloutsThat.areHeld()] });
    const { app } = await open(scene);
    assert.equal((await app.inject(address(scene.rollouts[0]!))).json().looks[0].decision, 'hold');
    const missing = await app.inject('/pipelines/fraud/rollouts/nothing');
    assert.deepEqual([missing.statusCode, missing.json().error.code], [404, 'ROLLOUT_UNKNOWN']);
  });

  it('is linked from the page of its pipeline, with what it waits for and the outcome of earlier ones', async () => {
    const ended = { ...rolloutsThat.areRolledBack(), id: 'earlier', version: 3 };
    const scene = Object.assign(new Scene(), { rollouts: [rolloutsThat.areInTheShadow(), ended] });
    const { app } = await open(scene);
    const { body } = await app.inject({ url: '/pipelines/fraud', headers: PAGE });
    const page = body.replace(/\s+/g, ' ').replaceAll('> <', '><');
    assert.ok(page.includes(`<a href="${address(scene.rollouts[0]!)}">v5</a>`));
    assert.match(page, /under way<\/span> waits: 220 of 500 requests/);
    assert.match(page, /<a href="\/pipelines\/fraud\/rollouts\/earlier">v3<\/a>.*rolled back<\/span>/);
  });

  it('gives orders to the rollout and the step that were shown, and leads back to it', async () => {
    const scene = Object.assign(new Scene(), { rollouts: [aRollout()] });
    const { app } = await open(scene);
    const rollout = scene.rollouts[0]!.id;
    const post = (action: string, fields: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: `/actions/${action}`,
        headers: OWN,
        payload: new URLSearchParams({ pipeline: 'fraud', rollout, ...fields }).toString(),
      });
    const held = await post('hold', { version: '5', reason: 'I look first' });
    assert.deepEqual([held.statusCode, held.headers['location']], [303, address(scene.rollouts[0]!)]);
    await post('skip', { step: '1', reason: 'it is fine' });
    assert.deepEqual(scene.done, [
      { what: 'hold', given: { pipeline: 'fraud', rollout, reason: 'I look first', order: 'hold' }, by: 'console' },
      {
        what: 'skip',
        given: { pipeline: 'fraud', rollout, step: 1, reason: 'it is fine', order: 'skip' },
        by: 'console',
      },
    ]);
    assert.equal((await post('abort', { reason: '' })).statusCode, 400);
    assert.equal(scene.done.length, 2);
  });
});
