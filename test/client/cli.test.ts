import type { Verdict } from '../../core/drift/verdict.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import type { Cycle } from '../../core/training/retraining/retraining.ts';
import type { PipelineLine, PipelineStatus } from '../../operations/index.ts';
import { versionInWords } from '../../client/words.ts';
import { aModelVersion, aNumberCard } from '../reports/fixtures.ts';
import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';

const NOW = '2026-01-11T03:00:00.000Z';
const traffic = {
  pipeline: 'fraud',
  generation: 5,
  champion: 3,
  arms: [{ version: 3, share: 1 }],
  shadow: null,
  previous: 2,
};
const promote = async () => traffic;
const refuse = (code: 'PIPELINE_UNKNOWN') => async () => {
  throw new UserError(code, 'There is no pipeline "fruad". These are applied: fraud.');
};
const completed = { workflowId: 'w', status: 'completed' as const, steps: [] };

describe('the command line', () => {
  it('prints a result on stdout and ends with 0', async () => {
    const { code, out, err, closed } = await perennial(['models', 'promote', 'fraud', 'v3'], { models: { promote } });
    assert.deepEqual({ code, err, closed }, { code: 0, err: '', closed: 1 });
    assert.equal(out, 'v3 now serves fraud (generation 5). To undo: perennial rollback fraud\n');
  });

  it('prints the same facts as JSON with --json, wherever it is written', async () => {
    for (const line of [
      ['--json', 'models', 'promote', 'fraud', '3'],
      ['models', 'promote', 'fraud', '3', '--json'],
    ]) {
      // prettier-ignore
      const { code, out } = await perennial(line, { models: { promote } });
      assert.deepEqual({ code, facts: JSON.parse(out) }, { code: 0, facts: traffic });
    }
  });

  it('says on stderr why it failed, exits with 1 and closes its connections', async () => {
    const seen = await perennial(['models', 'fruad'], { models: { list: refuse('PIPELINE_UNKNOWN') } });
    const err = 'There is no pipeline "fruad". These are applied: fraud.\n';
    assert.deepEqual(seen, { code: 1, out: '', err, closed: 1 });
  });

  it('prints an error as JSON with --json, with its code', async () => {
    const { code, out, err } = await perennial(['models', 'fruad', '--json'], {
      models: { list: refuse('PIPELINE_UNKNOWN') },
    });
    assert.deepEqual({ code, out }, { code: 1, out: '' });
    assert.equal((JSON.parse(err) as { error: { code: string } }).error.code, 'PIPELINE_UNKNOWN');
  });

  for (const [what, line, says] of [
    ['an option it does not know', ['status', '--jsno'], /unknown option '--jsno'/],
    [
      'a missing argument',
      ['models', 'promote', 'fraud'],
      /missing required argument 'version'\n.*perennial help models promote/,
    ],
    [
      'a missing argument of an everyday command',
      ['rollback'],
      /missing required argument 'pipeline'\n.*perennial help rollback/,
    ],
  ] as const)
    // prettier-ignore
    it(`exits with 2 for ${what}, and reaches nothing`, async () => {
      const { code, err, closed } = await perennial([...line]);
      assert.deepEqual({ code, closed }, { code: 2, closed: 0 });
      assert.match(err, says);
    });

  describe('perennial', () => {
    it('models promote requires a version', async () => {
      const named = async (_pipeline: string, text: string): Promise<number> => {
        throw new UserError('MODEL_UNKNOWN', `"${text}" is not a version of fraud.`);
      };
      const { code, err } = await perennial(['models', 'promote', 'fraud', 'best'], { models: { promote, named } });
      assert.equal(code, 1);
      assert.match(err, /"best" is not a version/);
    });

    it('rollback says which version serves again', async () => {
      const { out } = await perennial(['rollback', 'fraud'], { models: { rollBack: promote } });
      assert.equal(out, 'v3 serves fraud again (generation 5).\n');
    });

    it('models lists versions in columns, or says how to get one', async () => {
      const version = { ...aModelVersion(), version: 12 };
      const { out } = await perennial(['models', 'fraud'], { models: { list: async () => [version] } });
      assert.match(out, /^version +stage +candidate +as of +average precision/);
      assert.match(out, new RegExp(`^v12 +${version.stage} +${version.candidate} `, 'm'));
      const none = await perennial(['models', 'fraud'], { models: { list: async () => [] } });
      assert.match(none.out, /no version yet. Train one: perennial run fraud training/);
    });

    it('models shows the champion of then beside each version, on the same rows', async () => {
      const [one, other] = [aModelVersion(), aModelVersion()];
      const { challenger } = one.evaluation;
      const champion = { ...challenger, logLoss: 0.6143 };
      const difference = { metric: 'logLoss', estimate: -0.01, low: -0.02, high: 0 } as const;
      const beaten = { ...one, version: 2, evaluation: { ...one.evaluation, challenger: { ...challenger, logLoss: 0.6032 }, champion, difference } }; // prettier-ignore
      const first = { ...other, version: 1, evaluation: { ...other.evaluation, champion: null, difference: null } };
      const { out, err } = await perennial(['models', 'fraud'], { models: { list: async () => [beaten, first] } });
      assert.match(out, /^version +stage +candidate +as of +log loss +the champion +average precision/);
      assert.match(out, /^v2 .* 0\.603 +0\.614 /m);
      assert.match(out, /^v1 .* +\d\.\d{3} +- +\d/m);
      assert.match(err, /On the same rows: perennial models compare fraud VERSION VERSION/);
    });

    it('models shows the errors of estimates where the label is a number', async () => {
      const { version } = aNumberCard();
      const { out } = await perennial(['models', 'demand'], { models: { list: async () => [version] } });
      assert.match(out, /^version +stage +candidate +as of +RMSE +the champion +MAE +R squared +gate/);
      assert.match(out, / 4\.200 +5\.100 +2\.940 +0\.887 +passed/);
      assert.match(versionInWords(version), /root mean squared error 4\.200, .* R squared 0\.887$/);
    });

    describe('apply', () => {
      const applied = (name: string, changed: boolean | 'anew' = true) => ({
        ref: { name, revision: 'r1' },
        changed: changed !== false,
        ...(changed === 'anew' && { readsAnew: true }),
      });
      const apply = async (all: object[], status: object, ...options: string[]) =>
        perennial(['apply', ...options], { apply: async () => all as never, status: status as never });
      const champion = { version: 1 };

      for (const [what, changed, known, next] of [
        ['a model', true, { champion }, ['Retrain with the new declaration: perennial run fraud training']],
        [
          'a model, and columns that were not read yet',
          'anew',
          { champion, snapshot: { status: 'published' } },
          [
            'Read its data: perennial run fraud data',
            'Then retrain with the new declaration: perennial run fraud training',
          ],
        ],
        ['a model, and an unchanged declaration', false, { champion }, []],
        [
          'no data',
          true,
          {},
          ['Read its data: perennial run fraud data', 'Then train its first model: perennial run fraud training'],
        ],
        ['data', true, { snapshot: { status: 'published' } }, ['Train its first model: perennial run fraud training']],
      ] as const)
        // prettier-ignore
        it(`prints the revision, and the next step of a pipeline with ${what}`, async () => {
          const of = async () => ({ champion: null, snapshot: null, ...known });
          const { out } = await apply([applied('fraud', changed)], { of });
          const [first, ...hints] = out.trimEnd().split('\n');
          assert.deepEqual([first!.startsWith('fraud is at revision r1'), hints], [true, next]);
        });

      it('prints the revisions of many, and one line for those with the same next step, by one read', async () => {
        const lines = async () => ['fraud', 'churn'].map((name) => ({ pipeline: { name }, champion }));
        const all = [applied('fraud'), applied('fresh'), applied('churn', false), applied('new')];
        assert.deepEqual((await apply(all, { lines })).out.trimEnd().split('\n').slice(3), [
          'new is at revision r1',
          'Retrain with the new declaration (fraud): perennial run PIPELINE training',
          'Train a first model (fresh, new): perennial run PIPELINE data, then perennial run PIPELINE training',
        ]);
      });

      it('warns on stderr of columns that a source lacks, and has applied all the same', async () => {
        const columnProblems = async () => ['fraud: payments has no column amuont.'];
        const { code, out, err } = await perennial(
          ['apply', '--json'],
          { apply: async () => [applied('fraud')] as never },
          { columnProblems },
        );
        assert.deepEqual([code, JSON.parse(out)], [0, [applied('fraud')]]);
        assert.equal(err, 'Warning: fraud: payments has no column amuont.\n');
      });

      it('warns on stderr of what a declaration may not mean', async () => {
        const { err } = await apply([{ ...applied('fraud'), advice: ['the automation x trains'] }], {}, '--json');
        assert.equal(err, 'Warning: fraud: the automation x trains\n');
      });

      it('prints the revisions also where their state cannot be read, which JSON does not need', async () => {
        const refused = { of: async () => assert.fail('the database went away') };
        const { code, out } = await apply([applied('fraud')], refused);
        assert.deepEqual([code, out], [0, 'fraud is at revision r1\n']);
        let reads = 0;
        const { out: facts } = await apply([applied('fraud')], { of: async () => reads++ }, '--json');
        assert.deepEqual([JSON.parse(facts), reads], [[applied('fraud')], 0]);
      });
    });

    it('models retrain prints which pipeline it asked', async () => {
      const asked: unknown[] = [];
      const ask = async (request: unknown) => (asked.push(request), { id: 'person/1' }) as never;
      const { out } = await perennial(['models', 'retrain', 'fraud', '--reason', 'new terminals'], {
        retraining: { ask },
      });
      assert.deepEqual(asked, [{ pipeline: 'fraud', reason: 'new terminals' }]);
      assert.match(out, /Asked fraud to retrain \(new terminals\).*perennial status fraud/);
      await perennial(['models', 'retrain', 'fraud', '--force'], { retraining: { ask } });
      assert.deepEqual(asked[1], { pipeline: 'fraud', reason: 'asked by hand', force: true });
    });

    it('run waits for the end and prints what the run returned, its name on stderr', async () => {
      const run = {
        start: async () => 'fraud/data/1',
        state: async () => completed,
        result: async () => ({ rows: 300, report: null }),
      };
      const { out, err } = await perennial(['run', 'fraud', 'data'], { run });
      assert.equal(out, 'rows: 300\n');
      assert.match(err, /Running fraud\/data\/1/);
      const started = await perennial(['run', 'fraud', 'data', '--no-wait'], { run });
      assert.equal(started.out, 'fraud/data/1\n');
    });

    it('run accepts only existing loops, and a valid moment', async () => {
      const unknown = await perennial(['run', 'fraud', 'dta']);
      assert.match(unknown.err, /no loop "dta".*data, training, prediction, monitoring/);
      const moment = await perennial(['run', 'fraud', 'data', '--as-of', 'yesterday']);
      assert.deepEqual([unknown.code, moment.code], [1, 1]);
      assert.match(moment.err, /--as-of is "yesterday". Write a moment like/);
    });

    const trainingThatEnds = (outcome: object) => {
      const retraining = {
        ask: async () => ({ id: 'person/1' }) as never,
        cycleOf: async () => ({ id: 'c1', outcome }) as never,
      };
      return perennial(['run', 'fraud', 'training'], { retraining, run: { ready: async () => undefined } });
    };

    it('run training fails when its cycle does, with the reason', async () => {
      const outcome = { result: 'failed', version: null, reason: 'The loss is not a number.', endedAt: '' };
      const { code, err } = await trainingThatEnds(outcome);
      assert.equal(code, 1);
      assert.match(err, /Cycle c1 failed: The loss is not a number\./);
    });

    it('run training says once that a person cancelled it', async () => {
      const outcome = { result: 'cancelled', version: null, reason: 'a person cancelled it (ada)', endedAt: '' };
      const { code, err } = await trainingThatEnds(outcome);
      assert.equal(code, 1);
      assert.match(err, /Cycle c1 has ended: a person cancelled it \(ada\)/);
    });

    it('run training says that it waits for the rollout of another version, which was started before', async () => {
      let cycle: object = { id: 'c1', outcome: null };
      const retraining = { ask: async () => ({ id: 'person/1' }) as never, cycleOf: async () => cycle as never };
      const newest = {
        id: 'c1',
        cycle: 'c1',
        version: 3,
        steps: [],
        step: null,
        waitsFor: 'fraud-v2-g1-1',
        outcome: null,
      };
      const earlier = { id: 'fraud-v2-g1-1', cycle: null, version: 2, outcome: null };
      const rollouts = {
        list: async () => [newest, earlier] as never,
        show: async () => {
          cycle = { id: 'c1', outcome: { result: 'promoted', version: 3, reason: 'better' } };
          return newest as never;
        },
      };
      const run = { ready: async () => undefined };
      const models = { list: async () => [] };
      const { code, err } = await perennial(['run', 'fraud', 'training'], { retraining, rollouts, run, models });
      assert.equal(code, 0);
      assert.match(
        err,
        /v3 waits until the rollout of v2 has ended\. Watch that with: perennial rollouts show fraud --id fraud-v2-g1-1$/m,
      );
    });

    it('run training does not wait for the steps of a rollout, says where to watch them, and what the data gave away', async () => {
      const retraining = {
        ask: async () => ({ id: 'person/1' }) as never,
        cycleOf: async () => ({ id: 'c1', outcome: null }) as never,
      };
      const rollout = {
        id: 'c1',
        cycle: 'c1',
        version: 2,
        steps: [{ share: 'shadow' }, { share: 0.1 }],
        step: { at: 1 },
      };
      const rollouts = { list: async () => [rollout] as never, show: async () => rollout as never };
      const leaks = { rows: 100, found: [{ kind: 'key', column: 'receipt', levels: 100, of: 100 }] };
      const { code, out, err } = await perennial(['run', 'fraud', 'training'], {
        retraining,
        rollouts,
        run: { ready: async () => undefined },
        models: { list: async () => [{ version: 2, leaks }] as never },
      });
      assert.equal(code, 0);
      assert.match(err, /^Leak: "receipt" /m);
      assert.match(
        out,
        /^c1: passed its gate; v2 at 10 %, step 2 of 3\. Watch it with: perennial rollouts show fraud$/m,
      );
    });

    it('status says what to do when nothing is applied', async () => {
      const { out } = await perennial(['status'], { status: { lines: async () => [] } });
      assert.match(out, /No pipeline yet.*perennial apply/);
    });

    it('status tells of each declared slice what is estimated, beside what labels say', async () => {
      const likely = { value: 0.312, low: 0.22, high: 0.4 };
      const estimatedSlices = { from: NOW, to: NOW, sliced: 'id', metric: 'averagePrecision', slices: [{ name: 'abroad', rows: 300, estimate: likely }, { name: 'at night', rows: 7, estimate: 'fewer than 50 rows (gates.minRows)' }] }; // prettier-ignore
      const performance = [
        { version: 3, metrics: {}, slices: [{ name: 'abroad', metrics: { averagePrecision: 0.41 } }] },
      ];
      const verdict = { asOf: NOW, level: 'stable', abstained: null, version: 3, rows: { current: 900 }, columns: [], performance, estimatedSlices } as unknown as Verdict; // prettier-ignore
      const of = async () => ({ pipeline: { name: 'fraud', revision: 'r1' }, now: NOW, metric: null, champion: null, traffic: null, snapshot: null, predictions: 0, verdict, cycles: [], requests: [], alerts: { critical: 0, warnings: 2 }, paused: [{ pipeline: 'fraud', loop: 'prediction' as const, at: NOW, by: 'automation stop', reason: 'quarantine' }], waiting: null }); // prettier-ignore
      const { out } = await perennial(['status', 'fraud'], { status: { of } });
      assert.match(out, /slice abroad +estimated average precision 0\.312 \(0\.22 to 0\.4\); by labels 0\.41$/m);
      assert.match(out, /^  alerts +2 warnings; see: perennial alerts fraud$/m);
      assert.match(out, /^  paused +prediction, by automation stop .*: quarantine\. To resume it: perennial resume fraud prediction$/m); // prettier-ignore
      const simulated = await perennial(['status', 'fraud'], { status: { of } }, { simulated: true });
      assert.match(simulated.out, /^  paused .* by automation stop \S+ \S+ \(real time\): quarantine/m);
      assert.match(out, /slice at night +not estimated: fewer than 50 rows \(gates\.minRows\)$/m);
    });

    it('status tells of which columns the alarm finds no large change, and which of them lie far', async () => {
      const [a, c] = ['a', 'c'].map((column) => ({ column, drifted: column === 'a', votes: true, weight: 1, nullShare: { reference: 0, current: 0 } })); // prettier-ignore
      const finds = ['a', 'c'].map((column) => ({ column, of: 'number', least: null }));
      const verdict = { asOf: NOW, level: 'stable', abstained: null, version: 3, rows: { current: 900 }, columns: [a, c], performance: [], alarm: { rate: '1 a year', raised: [], finds } } as unknown as Verdict; // prettier-ignore
      const of = async () => ({ pipeline: { name: 'fraud', revision: 'r1' }, now: NOW, metric: null, champion: null, traffic: null, snapshot: null, predictions: 0, verdict, cycles: [], requests: [], alerts: { critical: 0, warnings: 2 }, paused: [], waiting: null }); // prettier-ignore
      const { out } = await perennial(['status', 'fraud'], { status: { of } });
      assert.match(out, /900 rows; a lies far from the holdout, and the alarm cannot tell whether that is usual$/m);
      assert.match(out, /^  not watched +the alarm would find no large change of a, c$/m);
      const abstained = { ...verdict, abstained: 'The window has 12 rows' };
      const few = await perennial(['status', 'fraud'], { status: { of: async () => ({ ...(await of()), verdict: abstained }) } }); // prettier-ignore
      assert.match(few.out, /900 rows: The window has 12 rows$/m);
    });

    it('status tells the metric of the gate with its promise, and each cycle in a line', async () => {
      const rocAuc = { value: 0.923, low: 0.91, high: 0.94 };
      const estimated = { rows: 900, withheld: null, metrics: { rocAuc, averagePrecision: { value: 0.497, low: 0.391, high: 0.61 } } }; // prettier-ignore
      const verdict = { asOf: NOW, level: 'stable', abstained: null, version: 3, rows: { current: 900 }, columns: [], performance: [], estimated } as unknown as Verdict; // prettier-ignore
      const champion = { ...aModelVersion(), version: 3 };
      const reason = 'The challenger is better by the margin of 0.0100. On 4,192 holdout rows it is so.';
      const cycles = [{ id: 'c2', reason: 'drift', outcome: null }, { id: 'c1', reason: 'schedule', outcome: { result: 'refused', version: 2, reason } }, { id: 'c0', reason: 'person', outcome: { result: 'nothing new', version: null, reason: 'data are those of cycle c1.' } }]; // prettier-ignore
      const told = { pipeline: { name: 'fraud', revision: 'r1' }, now: NOW, metric: 'averagePrecision', champion, traffic: null, snapshot: null, predictions: 0, verdict, cycles, requests: [], alerts: { critical: 0, warnings: 0 }, paused: [], waiting: null } as unknown as PipelineStatus; // prettier-ignore
      const of = async () => told;
      const { out } = await perennial(['status', 'fraud'], { status: { of } });
      const promised = Number(champion.evaluation.challenger.averagePrecision!.toPrecision(3));
      assert.ok(out.includes(`estimated     average precision 0.497 (0.391 to 0.61), promised ${promised}; assumes no concept drift\n`)); // prettier-ignore
      assert.doesNotMatch(out, /0\.923/);
      assert.match(out, /cycles +c2: under way, by drift\n +c1: refused \(v2\), by schedule\. The challenger is better by the margin of 0\.0100\.\n +c0: nothing new, by a person\. Data are those of cycle c1\.\n +in full: perennial explain fraud CYCLE$/m); // prettier-ignore
    });

    it('status is a line per pipeline where there are many, and everything that is known as JSON', async () => {
      const quiet = { now: '2026-01-11T05:10:00.000Z', champion: { version: 3, asOf: NOW }, verdict: null, alerts: { critical: 0, warnings: 0 }, approval: null, cycle: null, requests: 0 }; // prettier-ignore
      const line = (name: string, facts: Partial<PipelineLine>): PipelineLine => ({ ...quiet, pipeline: { name, revision: 'r1' }, ...facts }); // prettier-ignore
      const lines = async () => [
        line('fraud', { alerts: { critical: 1, warnings: 2 }, cycle: { asOf: NOW } as Cycle, requests: 4 }),
        line('churn', {
          requests: 1,
          champion: null,
          verdict: { level: 'stable', abstained: null, asOf: NOW } as Verdict,
        }),
      ];
      const { out, err } = await perennial(['status'], { status: { lines } });
      assert.deepEqual(out.trimEnd().split('\n').map((each) => each.split(/ {2,}/)), [
        ['pipeline', 'champion', 'trained', 'drift', 'checked', 'alerts', 'under way'],
        ['fraud', 'v3', '2026-01-11 03:00', '-', '-', '1 critical, 2 warnings', 'training as of 2026-01-11 03:00, 4 requests to train'],
        ['churn', '-', '-', 'stable', '2026-01-11 03:00, 2 h ago', '-', '1 request to train'],
      ]); // prettier-ignore
      assert.match(err, /perennial status PIPELINE/);
      const all = async () => [{ pipeline: { name: 'fraud', revision: 'r1' } } as PipelineStatus];
      const json = await perennial(['status', '--json'], { status: { all } });
      assert.deepEqual(JSON.parse(json.out), await all());
    });
  });
});
