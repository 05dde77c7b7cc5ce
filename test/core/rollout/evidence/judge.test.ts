import { createRandom, type Random } from '../../../../core/base/random.ts';
import {
  checks as names,
  type CheckName,
  type Evidence,
  type PairedLosses,
} from '../../../../core/rollout/evidence/evidence.ts';
import { judge } from '../../../../core/rollout/evidence/judge.ts';
import { planOf, type Checks } from '../../../../core/rollout/steps/declared-steps.ts';
import { bucketOf, emptyTally, type Tally } from '../../../../core/rollout/evidence/tally.ts';
import assert from 'node:assert/strict';

const { checks } = planOf({ drift: { of: 'requests' }, rollout: {} });

describe('a judge of a challenger', () => {
  it('has a finding for each check, even before anything is known', () => {
    const findings = judge(nothingYet(0.1), { checks, alpha: 0.01 });
    assert.deepEqual(
      findings.map(({ check, verdict }) => [check, verdict]),
      names.map((name) => [name, 'none']),
    );
    assert.equal(findings[0]!.says, 'errors: nothing to compare yet');
  });

  it('finds a challenger fine that behaves like its champion', () => {
    const evidence = played({ share: 0.1, requests: 5000 });
    assert.deepEqual(verdicts(evidence), { errors: 'fine', refusals: 'fine', latency: 'fine', scores: 'fine', losses: 'fine' }); // prettier-ignore
  });

  const faults: [CheckName, string, Partial<Behaviour>][] = [
    ['errors', 'fails three times as often', { failing: 0.06 }],
    ['refusals', 'refuses three times as often', { refusing: 0.06 }],
    ['latency', 'takes twice as long', { slower: 2 }],
    ['latency', 'takes ten times as long for one request in twenty', { stalling: 0.05 }],
    ['scores', 'gives higher scores', { shift: 0.5 }],
    ['scores', 'gives lower scores', { shift: -0.5 }],
    ['losses', 'is wrong more often', { loss: 1.5 }],
  ];
  for (const [check, what, behaviour] of faults)
    for (const share of [0.1, 0.5] as const)
      it(`proves that a challenger ${what}, with ${share * 100} % of the requests, and finds the rest no worse`, () => {
        const found = verdicts(played({ share, requests: share === 0.1 ? 12_000 : 4000, behaviour }));
        assert.equal(found[check], 'worse');
        for (const other of names) if (other !== check) assert.notEqual(found[other], 'worse', other);
      });

  it("proves the same for a shadow, which sees the champion's requests", () => {
    assert.equal(verdicts(shadowed(3000, { failing: 0.06 })).errors, 'worse');
    assert.equal(verdicts(shadowed(3000, { slower: 2 })).latency, 'worse');
    assert.equal(verdicts(shadowed(3000, { shift: 0.5 })).scores, 'worse');
    assert.equal(verdicts(shadowed(3000, {})).errors, 'fine');
  });

  it('proves for a shadow what hides in the differences between rows, since each score lies beside an answer', () => {
    const evidence = shadowed(400, { shift: 0.2 });
    assert.notEqual(verdicts(evidence).scores, 'worse', 'as means of different rows');
    evidence.challenger.shifts = { count: 400, sum: 400 * 0.04, squares: 400 * (0.04 ** 2 + 0.02 ** 2) };
    assert.equal(verdicts(evidence).scores, 'worse');
    assert.equal(verdicts({ ...evidence, expectedShift: 0.2 }).scores, 'fine');
  });

  it('compares losses on the same rows pair by pair, and allows less there', () => {
    const losses = (larger: number) => ({ ...nothingYet(0.5), losses: pairedLosses(8_000, larger) });
    assert.equal(verdicts(losses(1.04)).losses, 'worse');
    assert.equal(verdicts(losses(1.01)).losses, 'fine');
    assert.equal(verdicts(losses(1.04), { pairedLoss: 0.05 }).losses, 'fine');
    const [, , , , found] = judge(losses(1.04), { checks, alpha: 0.01 });
    assert.match(
      found!.says,
      /^losses: 0\.3\d+ on 8,000 labelled rows, the champion's 0\.\d+ on the same: \d.* % larger \(from .* to .* %\); allowed: 2 %$/,
    );
  });

  it('proves nothing by losses while hardly any of a rare label has come', () => {
    const losses = { ...pairedLosses(8_000, 1.04), rarer: 1 };
    assert.notEqual(verdicts({ ...nothingYet(0.5), losses }).losses, 'worse');
  });

  it('is unsure while a difference may be chance, and proves it with more of the same', () => {
    const few = withErrors({ failed: 4, units: 200 }, { failed: 6, units: 1800 });
    const many = withErrors({ failed: 40, units: 2000 }, { failed: 60, units: 18_000 });
    assert.deepEqual([verdicts(few).errors, verdicts(many).errors], ['unsure', 'worse']);
  });

  it('states what it saw in a sentence, with an interval that holds at every look', () => {
    const evidence = withErrors({ failed: 14, units: 512 }, { failed: 3, units: 4600 });
    const [errors] = judge(evidence, { checks, alpha: 0.01 });
    assert.equal(errors!.says, "errors: 14 of 512 requests failed, the champion's 3 of 4,600; allowed: no more often");
    assert.equal(errors!.verdict, 'worse');
    assert.ok(errors!.interval![0] > 1 && errors!.interval![0] < errors!.difference!);
    assert.ok(errors!.interval![1]! > errors!.difference!);
  });

  it('has no upper bound while the champion has not failed', () => {
    const [errors] = judge(withErrors({ failed: 5, units: 500 }, { failed: 0, units: 4500 }), { checks, alpha: 0.01 });
    assert.equal(errors!.interval![1], null);
    assert.ok(Number.isFinite(errors!.difference));
    assert.deepEqual(JSON.parse(JSON.stringify(errors)), errors);
  });

  it('finds no answer slow that comes within a millisecond, however fast the champion is', () => {
    const evidence = nothingYet(0.5);
    addTimes(evidence.challenger, 0.9, 4000);
    addTimes(evidence.champion, 0.01, 4000);
    assert.equal(verdicts(evidence).latency, 'fine');
    addTimes(evidence.challenger, 3, 400);
    assert.equal(verdicts(evidence).latency, 'worse');
  });

  it('allows the slowdown that is declared', () => {
    const evidence = played({ share: 0.5, requests: 4000, behaviour: { slower: 2 } });
    assert.equal(verdicts(evidence, { slowdown: 2 }).latency, 'fine');
    assert.equal(verdicts(evidence, { slowdown: 1.5 }).latency, 'worse');
  });

  it('allows the shift of scores that the gate saw, and the declared one around it', () => {
    const evidence = played({ share: 0.5, requests: 4000, behaviour: { shift: 0.5 } });
    assert.equal(verdicts({ ...evidence, expectedShift: 0.5 }).scores, 'fine');
    assert.equal(verdicts({ ...evidence, expectedShift: -0.5 }, { scoreShift: 0.6 }).scores, 'worse');
    assert.equal(verdicts(evidence, { scoreShift: 0.6 }).scores, 'fine');
  });

  it('allows the loss that is declared', () => {
    const evidence = played({ share: 0.5, requests: 6000, behaviour: { loss: 1.5 } });
    assert.equal(verdicts(evidence, { loss: 0.6 }).losses, 'fine');
    assert.equal(verdicts(evidence, { loss: 0.05 }).losses, 'worse');
  });

  it('proves less when fewer false alarms are allowed', () => {
    const evidence = withErrors({ failed: 8, units: 500 }, { failed: 14, units: 4500 });
    const verdict = (alpha: number) => judge(evidence, { checks, alpha })[0]!.verdict;
    assert.deepEqual([verdict(0.5), verdict(1e-6)], ['worse', 'unsure']);
  });

  it('calls a challenger worse that equals its champion in at most a tenth of the rollouts, when a tenth is allowed', () => {
    const alarms = Array.from({ length: 60 }, (_, seed) => {
      const game = newGame({ share: 0.1, seed });
      for (let minute = 0; minute < 40; minute++) {
        for (let i = 0; i < 30; i++) game.request();
        if (judge(game.evidence, { checks, alpha: 0.1 }).some(({ verdict }) => verdict === 'worse')) return 1;
      }
      return 0;
    }).reduce((sum: number, alarm) => sum + alarm, 0);
    assert.ok(alarms <= 6, `${alarms} of 60`);
  });
});

interface Behaviour {
  failing: number;
  refusing: number;
  slower: number;
  stalling: number;
  shift: number;
  loss: number;
}
const usual: Behaviour = { failing: 0.02, refusing: 0.02, slower: 1, stalling: 0, shift: 0, loss: 1 };

const nothingYet = (share: number): Evidence => ({
  challenger: emptyTally(),
  champion: emptyTally(),
  share,
  expectedShift: 0,
  losses: null,
});

function verdicts(evidence: Evidence, allowed: Partial<Checks> = {}): Record<string, string> {
  const findings = judge(evidence, { checks: { ...checks, ...allowed }, alpha: 0.01 });
  return Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
}

function withErrors(challenger: Pick<Tally, 'failed' | 'units'>, champion: Pick<Tally, 'failed' | 'units'>): Evidence {
  const evidence = nothingYet(0.1);
  Object.assign(evidence.challenger, challenger);
  Object.assign(evidence.champion, champion);
  return evidence;
}

function addTimes(tally: Tally, milliseconds: number, count: number): void {
  tally.units += count;
  tally.times[bucketOf(milliseconds)]! += count;
}

function newGame({
  share,
  seed = 1,
  behaviour = {},
}: {
  share: number;
  seed?: number;
  behaviour?: Partial<Behaviour>;
}) {
  const random = createRandom(seed);
  const losses = { challenger: moments(), champion: moments() };
  const evidence = { ...nothingYet(share), losses } satisfies Evidence;
  const answer = (arm: 'challenger' | 'champion'): void =>
    serve(evidence[arm], losses[arm], random, arm === 'challenger' ? { ...usual, ...behaviour } : usual);
  return {
    evidence,
    answer,
    request: (): void => answer(random.uniform() < share ? 'challenger' : 'champion'),
  };
}

function played({ requests, ...game }: Parameters<typeof newGame>[0] & { requests: number }): Evidence {
  const { request, evidence } = newGame(game);
  for (let i = 0; i < requests; i++) request();
  return evidence;
}

/** Both answer each request. */
function shadowed(requests: number, behaviour: Partial<Behaviour>): Evidence {
  const { answer, evidence } = newGame({ share: 0.5, behaviour });
  for (let i = 0; i < requests; i++) {
    answer('challenger');
    answer('champion');
  }
  return evidence;
}

/** Rows differ far more than the versions do. */
function pairedLosses(count: number, larger: number): PairedLosses {
  const random = createRandom(String(larger));
  const pairs = { count, one: moments(), other: moments(), products: 0, rarer: count / 8 };
  for (let i = 0; i < count; i++) {
    const theirs = -0.3 * Math.log(1 - random.uniform());
    const mine = theirs * larger + random.normal(0, 0.02);
    add(pairs.one, mine);
    add(pairs.other, theirs);
    pairs.products += mine * theirs;
  }
  return pairs;
}

const moments = () => ({ count: 0, sum: 0, squares: 0 });

function serve(tally: Tally, losses: ReturnType<typeof moments>, random: Random, as: Behaviour): void {
  tally.rows++;
  tally.units++;
  if (random.uniform() < as.refusing) tally.refused++;
  if (random.uniform() < as.failing) tally.failed++;
  const stalls = random.uniform() < as.stalling ? 10 : 1;
  tally.times[bucketOf(5 * as.slower * stalls * Math.exp(random.normal(0, 0.3)))]!++;
  add(tally.scores, 0.3 + 0.2 * random.normal(as.shift));
  add(losses, -as.loss * Math.log(1 - random.uniform()));
}

function add(to: ReturnType<typeof moments>, value: number): void {
  to.count++;
  to.sum += value;
  to.squares += value * value;
}
