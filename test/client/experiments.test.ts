import { UserError } from '../../core/base/errors/errors.ts';
import { experimentsThat } from '../console/experiments.ts';
import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';

describe('perennial experiment', () => {
  const start = ['experiment', 'start', 'fraud', '--versions', 'v4,5,6', '--metric', 'revenue'];

  it('starts one with the given options, and says how to see its numbers', async () => {
    let asked: unknown;
    const experiments = { start: async (given: unknown) => ((asked = given), experimentsThat.run()) };
    const more = ['--shares', '50%,0.25,25%', '--better', 'higher', '--same', '0.1', '--guards', 'errors, refunds:lower', '--longest', '7d', '--then', 'promote']; // prettier-ignore
    const { code, out } = await perennial([...start, ...more], { experiments });
    assert.equal(code, 0);
    assert.equal(
      out,
      'Experiment fraud-e2: v4, v5 and v6, by revenue (higher is better). See its numbers with: perennial experiments status fraud\n',
    );
    const { pipeline, versions, shares, metric, better, same, guards, longest, afterwards, reason } = asked as Record<string, unknown>; // prettier-ignore
    assert.deepEqual(
      { pipeline, versions, shares, metric, better, same, guards, longest, afterwards, reason },
      {
        pipeline: 'fraud',
        versions: [4, 5, 6],
        shares: [0.5, 0.25, 0.25],
        metric: 'revenue',
        better: 'higher',
        same: 0.1,
        guards: ['errors', 'refunds:lower'],
        longest: '7d',
        afterwards: 'promote',
        reason: 'started by hand',
      },
    );
  });

  it('says what it waits for', async () => {
    const experiments = { start: async () => experimentsThat.wait() };
    const { out } = await perennial([...start, '--better', 'higher'], { experiments });
    assert.match(out, /It waits until fraud-v6-g5-1 has ended\./);
  });

  const wrong: [string, string[], RegExp][] = [
    ['a version', ['--versions', '4,new'], /"new" is not a version/],
    ['a share', ['--shares', 'half,half'], /--shares half is not a number|--shares  is not a number/],
    ['a number', ['--same', 'little'], /--same little is not a number/],
  ];
  for (const [what, more, advice] of wrong)
    it(`refuses an invalid ${what} before it asks for anything`, async () => {
      const named = async (_pipeline: string, text: string): Promise<number> => {
        throw new UserError('MODEL_UNKNOWN', `"${text}" is not a version of fraud.`);
      };
      const { code, err } = await perennial([...start, '--better', 'higher', ...more], { models: { named } });
      assert.equal(code, 1);
      assert.match(err, advice);
    });

  it('requires versions and a metric', async () => {
    const { code, err } = await perennial(['experiment', 'start', 'fraud', '--versions', '3,4']);
    assert.equal(code, 2);
    assert.match(err, /required option '--metric <name>'/);
  });

  const statusOf = async (shown: ReturnType<typeof experimentsThat.run>) =>
    (await perennial(['experiment', 'status', 'fraud'], { experiments: { show: async () => shown } })).out;

  it('shows each version with its difference, interval, samples, and about how many it still needs', async () => {
    const out = await statusOf(experimentsThat.run());
    assert.match(
      out,
      /^fraud-e2: v4, v5 and v6, by revenue \(higher is better\)\nunder way: not proven yet: v5 revenue/,
    );
    assert.match(out, /\nversion +share +samples +with number +mean +difference +interval +verdict +needs about\n/);
    assert.match(out, /\nv4 +33\.3 % +607 +600 +12 +control +- +- +-\n/);
    assert.match(out, /\nv5 +33\.3 % +607 +600 +1\d\.\d+ +\+0\.\d+ +-?\+?\d\.\d+ to \+\d\.\d+ +unsure +[\d,]+ more\n/);
    assert.match(out, /all of them together with a probability of 95 %/);
    assert.match(out, /24 samples met several versions and count for none\./);
    assert.match(out, /\n {2}v5 fine +errors: 2 of 600/);
  });

  it('says that it waits, was overruled, lost a version, or how it ended', async () => {
    assert.match(await statusOf(experimentsThat.wait()), /\nwaits until fraud-v6-g5-1 has ended$/m);
    assert.match(await statusOf(experimentsThat.areOverruled()), /somebody changed the traffic/);
    assert.match(
      await statusOf(experimentsThat.lostAVersion()),
      /v6 was taken out 2026-03-02 20:00: a guard is proven worse/,
    );
    const ended = await statusOf(experimentsThat.areBetter());
    assert.match(
      ended,
      /\nbetter: v5 is better: revenue 0\.\d+ higher \(from 0\.\d+ to \d\.\d+\)\. Its rollout: fraud-v5-g7-1\n/,
    );
  });

  it('lists all when no pipeline is named, and as JSON with everything', async () => {
    const experiments = { list: async () => [experimentsThat.areBetter(), experimentsThat.run()] };
    const { out } = await perennial(['experiments'], { experiments });
    assert.match(out, /fraud +fraud-e2 +2026-03-02 08:00 +v4, v5, v6 +better: v5 is better/);
    assert.match(out, /under way\n$/);
    const json = await perennial(['--json', 'experiments'], { experiments });
    assert.equal((JSON.parse(json.out) as { id: string }[])[0]!.id, 'fraud-e2');
    assert.match(
      (await perennial(['experiments'], { experiments: { list: async () => [] } })).out,
      /^No experiment yet\./,
    );
  });

  it('stops one, and says so even when no worker obeys or it ended before', async () => {
    const stop = async (shown: ReturnType<typeof experimentsThat.run>, obeyed: boolean) =>
      (await perennial(['experiment', 'stop', 'fraud'], { experiments: { stop: async () => ({ ...shown, obeyed }) } }))
        .out;
    assert.match(
      await stop(experimentsThat.run(), false),
      /no worker runs it now.*perennial doctor.*perennial rollback fraud/,
    );
    const { outcome, ...ended } = experimentsThat.areBetter();
    assert.match(await stop({ ...ended, outcome }, true), /^fraud-e2 ended before: better/);
    const stopped = { ...ended, outcome: { ...outcome!, result: 'stopped' as const } };
    assert.match(await stop(stopped, true), /^Stopped fraud-e2: the champion of fraud has all traffic\./);
  });
});
