import { type ReadyVersion, type Serving } from '../../../server/serving/serving.ts';
import { createBreakers } from '../../../server/serving/breakers/breakers.ts';
import { see, type Alert, type Occurrence, type Resolution, type Telling } from '../../../core/alerts/alerts.ts';
import { type ScheduleState } from '../../../core/runs/schedules.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { DAY, HOUR, instant, MINUTE, SECOND, type Instant } from '../../../core/time/time.ts';
import { type WorkerDisk } from '../../../core/runs/disks.ts';
import { type LastRun, type Trace } from '../../../core/runs/watch.ts';
import { type Known } from '../../../server/serving/models/known.ts';
import { type QueueBacklog } from '../../../core/alerts/rules/load-alerts.ts';
import { type Refusal } from '../../../core/alerts/rules/refusals.ts';
import { type Message } from '../../../core/channels/channel.ts';
import { createAnswerWindows } from '../../../server/watching/answer-windows.ts';
import { createWatchdog, type Watchdog, type WatchdogParts } from '../../../server/watching/watchdog.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';
import { pino } from 'pino';

const MONDAY = Date.parse('2026-03-02T12:00:00.000Z');

/** The world as the watchdog sees it: all is well until a test changes it. */
class Scene {
  machine = 0;
  /** How fast the pipelines' clock runs against the machine's. */
  speed = 1;
  temporal: 'answers' | 'is away' = 'answers';
  database: 'answers' | 'is away' | 'is slow' = 'answers';
  /** Raised, while nobody waits for the database any longer. */
  late: Occurrence[] = [];
  /** Machines elsewhere have clocks of their own. */
  skew = -3 * HOUR;
  /** Queues whose workers are gone, and those whose workers have their hands full. */
  gone = new Set<string>();
  busy = new Set<string>();
  polled = new Map<string, Instant>();
  trace: Omit<Trace, 'champion'> = {
    last: this.ran(0),
    appliedMsAgo: 90 * DAY,
    servedMsAgo: 90 * DAY,
    experiment: null,
  };
  runs: LastRun[] = [];
  care: LastRun | null = null;
  states: Partial<ScheduleState>[] = [];
  /** How many of the moments asked about Temporal names itself. */
  named = 1;
  championAsOf = MONDAY - DAY;
  dropped = 0;
  spoolUsed = 0;
  diskUsed = 0.5;
  disk = { machine: 'host', device: '1', folder: '/data', free: 1, size: 2 };
  reported: [string, string][] = [];
  workerDisks: WorkerDisk[] = [];
  uncounted = 0;
  queues: QueueBacklog[] = [];
  reachable = true;
  /** What the installation's recipients were told directly, and whether that works. */
  direct: string[] = [];
  mail: 'works' | 'is away' = 'works';
  windows = createAnswerWindows(() => this.machine);
  serving: Partial<Known>[] = [];
  /** Pipelines, and what was asked about them. */
  names = ['fraud'];
  crowd: string[] = [];
  declarationsRead = 0;
  runsAsked: string[] = [];
  pollsAsked = 0;
  /** Of which pipelines runs failed; null: too many to tell. */
  failed: () => Set<string> | null = () => new Set(this.runs.some(({ failed }) => failed) ? ['fraud'] : []);
  runsUnanswered = 0;
  mostRunsAsked = 0;
  /** How often the open alerts were read, and which were to be resolved. */
  openRead = 0;
  resolved: string[] = [];
  /** What answers about runs wait for, and what raises alerts. */
  hold: Promise<void> = Promise.resolve();
  raised: Occurrence[] = [];
  open = new Map<string, Occurrence>();
  alerts = new Map<string, Alert>();
  /** Of what people heard, and when. */
  told: { telling: Telling; hours: number }[] = [];
  ended: { fingerprint: string; reason: string }[] = [];
  logged: string[] = [];
  breakers = createBreakers(pino({ level: 'silent' }));
  watchdog: Watchdog = this.anotherReplica();

  now = (): number => MONDAY + this.machine * this.speed;

  ran(hoursAgo: number): Trace['last'] {
    const at = instant(MONDAY - hoursAgo * HOUR);
    return { data: at, retraining: at, prediction: at, monitoring: at };
  }

  anotherReplica(changes: Partial<WatchdogParts> = {}): Watchdog {
    const ask = async <T>(answer: () => T): Promise<T> => {
      if (this.temporal === 'is away') throw new Error('14 UNAVAILABLE');
      return answer();
    };
    const store = async <T>(work: () => T): Promise<T> => {
      if (this.database === 'is away') throw new Error('the database does not answer');
      return work();
    };
    return createWatchdog({
      breakers: this.breakers,
      alerts: {
        raise: async (occurrence, cooldown) => {
          await this.hold;
          return store(() => {
            const { fingerprint } = occurrence;
            const { alert, telling } = see(this.alerts.get(fingerprint) ?? null, occurrence, cooldown);
            if (this.database === 'is slow') {
              this.late.push(occurrence);
              throw new Error('the database did not answer in time');
            }
            const seen = { id: fingerprint, ...alert };
            this.alerts.set(fingerprint, seen);
            if (telling) this.told.push({ telling, hours: Math.floor(this.machine / HOUR) });
            this.raised.push(occurrence);
            this.open.set(occurrence.fingerprint, occurrence);
            return seen;
          });
        },
        resolve: (fingerprint, { reason }: Resolution) =>
          store(() => {
            // One change of a fingerprint waits for the other.
            for (const occurrence of this.late.splice(0)) this.open.set(occurrence.fingerprint, occurrence);
            this.resolved.push(fingerprint);
            if (this.open.delete(fingerprint)) this.ended.push({ fingerprint, reason });
            return null;
          }),
        open: () =>
          store(() => {
            this.openRead++;
            return new Set(this.open.keys());
          }),
      },
      temporal: {
        polls: () => {
          this.pollsAsked++;
          return ask(() => this.polls());
        },
        backlogs: () => ask(() => this.queues),
        heartbeats: () => ask(() => Object.fromEntries([...this.busy].map((queue) => [queue, instant(this.machine)]))),
        endedRuns: () =>
          ask(() =>
            this.runs.map(({ runId, failed }) => ({ pipeline: 'fraud', runId, at: instant(this.machine), failed })),
          ),
        failedPipelines: () => ask(this.failed),
        lastCare: () => ask(() => this.care),
        lastRuns: async (pipeline, loops) => {
          this.runsAsked.push(pipeline);
          this.mostRunsAsked = Math.max(this.mostRunsAsked, ++this.runsUnanswered);
          await this.hold;
          this.runsUnanswered--;
          return ask(() =>
            loops.flatMap((loop) => this.runs.flatMap((run) => (run.loop === loop ? [{ ...run, loop }] : []))),
          );
        },
      },
      schedules: {
        list: () => ask(() => this.states as ScheduleState[]),
        countMoments: () => ask(() => this.named),
      },
      traces: {
        all: () =>
          store(() => {
            const champion = { version: 3, asOf: instant(this.championAsOf) };
            return [...this.names, ...this.crowd].map((pipeline) => ({ pipeline, champion, ...this.trace }));
          }),
      },
      pipelines: {
        list: () => store(() => [...this.names, ...this.crowd].map((name) => ({ name, revision: 'r1' }))),
        declaration: async ({ name }) => {
          this.declarationsRead++;
          if (name === 'broken') throw new UserError('PIPELINE_INVALID', 'Revision r1 of broken cannot be read');
          return aPipeline({ name });
        },
      },
      clock: {
        now: () => new Date(this.now()),
        millisecondsUntil: (time) => Math.max(0, (Date.parse(time) - this.now()) / this.speed),
      },
      models: { all: () => this.serving as Known[] },
      spool: Object.defineProperties(
        { dropped: 0, shed: 0, bytes: 0, maxBytes: 1 },
        {
          dropped: { get: () => this.dropped },
          bytes: { get: () => this.spoolUsed },
        },
      ),
      windows: this.windows,
      disk: async () => ({ ...this.disk, used: this.diskUsed }),
      disks: { report: async (of, disk) => void this.reported.push([of, disk.machine]), ofWorkers: async () => this.workerDisks }, // prettier-ignore
      uncounted: async () => this.uncounted,
      database: Object.defineProperty({ reachable: true }, 'reachable', { get: () => this.reachable }),
      always: [{ channel: 'email', target: 'ops@example.com' }],
      channels: {
        email: { send: (message: Message) => this.mailDirectly(message) },
      } as unknown as WatchdogParts['channels'],
      replica: 'one',
      log: pino({ level: 'warn' }, { write: (line: string) => void this.logged.push(JSON.parse(line).msg) }),
      machine: () => this.machine,
      ...changes,
    });
  }

  polls(): Record<string, Instant | null> {
    for (const queue of ['perennial-control', 'perennial-data', 'perennial-training'])
      // An idle worker's poll comes back each minute.
      if (!this.gone.has(queue) && !this.busy.has(queue)) this.polled.set(queue, instant(Date.parse('2026-01-01') + this.skew + Math.floor(this.machine / MINUTE) * MINUTE)); // prettier-ignore
    return Object.fromEntries(this.polled);
  }

  /** The watchdog looks every five seconds meanwhile. */
  async passes(ms: number, dogs = [this.watchdog]): Promise<void> {
    for (const end = this.machine + ms; this.machine < end;) {
      this.machine += 5 * SECOND;
      for (const dog of dogs) await dog.look();
    }
  }
  async mailDirectly({ target, subject }: Message): Promise<void> {
    if (this.mail === 'is away') throw new Error('the mail server does not answer');
    this.direct.push(`${target} ${subject}`);
  }

  /** Requests that are answered within a minute. */
  answers(requests: number, milliseconds: number, status = 200, refusal: Refusal | null = null): void {
    for (let i = 0; i < requests; i++) this.windows.answered('fraud', status, milliseconds / 1000, refusal);
  }
  kinds = (): string[] => [...this.open.values()].map(({ kind }) => kind);
}

describe('the watchdog', () => {
  let scene: Scene;
  beforeEach(() => void (scene = new Scene()));

  it('says nothing while all is well, whatever other machines’ clocks show', async () => {
    scene.trace.last = scene.ran(0);
    await scene.passes(10 * MINUTE);
    assert.deepEqual([scene.raised, scene.logged], [[], []]);
  });

  describe('of workers', () => {
    it('reports that all are gone when none has polled for a minute and a poll’s own length, and that they are back', async () => {
      await scene.passes(2 * MINUTE);
      for (const queue of scene.polled.keys()) scene.gone.add(queue);
      await scene.passes(MINUTE);
      assert.deepEqual(scene.kinds(), []);
      await scene.passes(MINUTE);
      const [alert] = scene.raised;
      assert.deepEqual([alert!.kind, alert!.severity, alert!.pipeline], ['workers-gone', 'critical', null]);
      assert.match(alert!.summary, /perennial-control, perennial-data, perennial-training/);
      assert.equal(scene.raised.length, 1, 'once, however often it looks');
      scene.gone.clear();
      await scene.passes(MINUTE);
      assert.deepEqual(scene.ended, [{ fingerprint: 'workers-gone', reason: 'workers are polling again' }]);
    });

    it('sees for the metrics how much work waits meanwhile, which is no alert besides, and nothing without Temporal', async () => {
      await scene.passes(2 * MINUTE);
      scene.gone.add('perennial-data');
      await scene.passes(3 * MINUTE);
      scene.queues = [{ queue: 'perennial-data', tasks: 40, ageMs: HOUR }];
      await scene.passes(MINUTE);
      const { temporal, silentMs, backlogs } = scene.watchdog.seen();
      assert.deepEqual([scene.kinds(), temporal, backlogs], [['workers-gone'], true, scene.queues]);
      assert.ok(silentMs.get('perennial-data')! >= 3 * MINUTE);
      scene.temporal = 'is away';
      await scene.passes(MINUTE);
      assert.deepEqual([scene.watchdog.seen().temporal, scene.watchdog.seen().backlogs], [false, []]);
    });

    it('distinguishes a busy worker from one that is gone', async () => {
      await scene.passes(2 * MINUTE);
      scene.busy.add('perennial-training');
      await scene.passes(20 * MINUTE);
      assert.deepEqual(scene.raised, []);
      scene.busy.clear();
      scene.gone.add('perennial-training');
      await scene.passes(3 * MINUTE);
      assert.deepEqual(scene.raised.map(({ severity }) => severity), ['warning']); // prettier-ignore
    });

    it('does not mistake an old poll for a new one after a restart of the server', async () => {
      await scene.passes(2 * MINUTE);
      scene.gone.add('perennial-control');
      await scene.passes(3 * MINUTE);
      await scene.passes(MINUTE, [scene.anotherReplica()]);
      assert.deepEqual(scene.kinds(), ['workers-gone']);
    });

    it('reminds people once the cooldown of six hours is over, and no sooner', async () => {
      await scene.passes(2 * MINUTE);
      scene.gone.add('perennial-control');
      await scene.passes(8 * HOUR);
      assert.deepEqual(scene.told, [{ telling: 'opened', hours: 0 }, { telling: 'still', hours: 7 }]); // prettier-ignore
    });
  });

  describe('of Temporal', () => {
    it('alerts after thirty seconds without an answer, and then not about workers or runs', async () => {
      await scene.passes(MINUTE);
      scene.temporal = 'is away';
      await scene.passes(30 * SECOND);
      assert.deepEqual(scene.kinds(), []);
      await scene.passes(2 * HOUR);
      assert.deepEqual(scene.kinds(), ['temporal-gone']);
      assert.match(scene.raised[0]!.detail, /14 UNAVAILABLE/);
      scene.trace.last = scene.ran(-2);
      scene.temporal = 'answers';
      await scene.passes(MINUTE);
      assert.deepEqual([scene.kinds(), scene.ended.length, scene.told.length], [[], 1, 1]);
    });

    it('ignores a short interruption', async () => {
      for (let i = 0; i < 10; i++) {
        scene.temporal = 'is away';
        await scene.passes(20 * SECOND);
        scene.temporal = 'answers';
        await scene.passes(20 * SECOND);
      }
      assert.deepEqual(scene.raised, []);
    });

    it('raises the alert once the database is back, and until then logs it once', async () => {
      scene.temporal = scene.database = 'is away';
      await scene.passes(10 * MINUTE);
      assert.equal(
        scene.logged.filter((line) => /Temporal does not answer \(not stored: the database/.test(line)).length,
        1,
      );
      scene.database = 'answers';
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.kinds(), ['temporal-gone']);
    });
  });

  describe('of schedules', () => {
    const later = () => scene.passes(40 * MINUTE);

    it('alerts about a loop that has not run by half the time to its next turn, and resolves when it runs again', async () => {
      scene.trace.last = { ...scene.ran(0), monitoring: instant(MONDAY - HOUR) };
      await later();
      const [alert] = scene.raised;
      assert.equal(alert!.kind, 'schedule-missed');
      assert.match(alert!.summary, /fraud: the monitoring loop did not run/);
      assert.match(
        alert!.detail,
        /"0 \* \* \* \*" \(UTC\) was due at 2026-03-02T12:00Z, .*perennial run fraud monitoring/s,
      );
      scene.trace.last = scene.ran(0);
      await scene.passes(MINUTE);
      assert.deepEqual(scene.ended.map(({ fingerprint }) => fingerprint), ['schedule-missed/fraud/monitoring']); // prettier-ignore
    });

    it('counts each turn it misses', async () => {
      scene.trace.last = { ...scene.ran(-9), monitoring: instant(MONDAY) };
      await scene.passes(4 * HOUR);
      assert.equal(scene.raised.length, 3);
      assert.equal(new Set(scene.raised.map(({ fingerprint }) => fingerprint)).size, 1);
    });

    it('ignores a moment that Temporal did not name when the clock of its zone changed', async () => {
      scene.trace.last = { ...scene.ran(0), monitoring: instant(MONDAY - HOUR) };
      scene.states = [{ loop: 'monitoring', pausedBy: null, running: [] }];
      scene.named = 0;
      await later();
      assert.deepEqual(scene.raised, []);
      scene.named = 1;
      await later();
      assert.equal(scene.raised.length, 1);
    });

    it('ignores what somebody paused, what is still running, and what is off', async () => {
      scene.trace.last = { ...scene.ran(0), monitoring: instant(MONDAY - HOUR) };
      scene.states = [{ loop: 'monitoring', pausedBy: 'person', running: [] }];
      await later();
      scene.states = [{ loop: 'monitoring', pausedBy: null, running: ['fraud/monitoring/x'] }];
      await scene.passes(10 * MINUTE);
      assert.deepEqual(scene.raised, []);
    });

    it('waits for the first turn of a pipeline just applied, or of a champion that just began to serve', async () => {
      scene.trace = {
        ...scene.trace,
        last: { ...scene.ran(0), data: null, monitoring: null },
        appliedMsAgo: DAY,
        servedMsAgo: HOUR,
      };
      await later();
      assert.deepEqual(scene.raised, []);
      scene.trace.servedMsAgo = null;
      await later();
      assert.deepEqual(scene.raised, [], 'nothing serves, nothing is watched');
    });

    it('is patient under a clock that outruns the runs, as long as they produce results', async () => {
      scene.speed = 1_800; // half an hour a second: a run of twenty seconds ends ten hours late
      scene.trace.appliedMsAgo = scene.trace.servedMsAgo = 10 * MINUTE;
      for (let i = 0; i < 8; i++) {
        const behind = instant(scene.now() - 10 * HOUR);
        scene.championAsOf = scene.now();
        scene.trace.last = { data: behind, retraining: behind, prediction: behind, monitoring: behind };
        await scene.passes(2 * MINUTE);
      }
      assert.deepEqual(scene.raised, []);
      for (let i = 0; i < 12; i++) {
        scene.championAsOf = scene.now();
        await scene.passes(30 * SECOND);
      }
      assert.ok(scene.kinds().length > 0 && scene.kinds().every((kind) => kind === 'schedule-missed'));
    });
  });

  describe('of runs and champions', () => {
    const failed: LastRun = { workflowId: 'fraud/data/x', runId: 'r1', loop: 'data', failed: true, reason: 'connection refused', code: 'SOURCE_UNREACHABLE' }; // prettier-ignore

    it('alerts about a failed run, with the reason, and resolves when the next one succeeds', async () => {
      scene.runs = [failed];
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.raised.map(({ kind, occasion }) => [kind, occasion]), [['data-failed', 'run/r1']]); // prettier-ignore
      assert.match(scene.raised[0]!.detail, /fraud\/data\/x failed: connection refused/);
      scene.runs = [{ ...failed, runId: 'r2', failed: false }];
      await scene.passes(MINUTE);
      assert.deepEqual(scene.kinds(), []);
    });

    it('alerts about a failed retraining loop, lifecycle or experiment, also before a version serves', async () => {
      scene.trace.servedMsAgo = null;
      scene.trace.experiment = 'fraud-e1';
      scene.runs = ['retraining', 'lifecycle', 'experiment', 'prediction'].map((loop) => ({ ...failed, loop, workflowId: `fraud/${loop}/e1` })); // prettier-ignore
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.kinds(), ['retraining-failed', 'lifecycle-failed', 'experiment-failed']);
      const told = Object.fromEntries(scene.raised.map(({ kind, summary, detail }) => [kind, `${summary}\n${detail}`]));
      assert.match(told['retraining-failed']!, /the retraining loop failed[^]*perennial models retrain fraud/);
      assert.match(told['lifecycle-failed']!, /the lifecycle loop failed[^]*perennial run fraud lifecycle/);
      assert.match(told['experiment-failed']!, /the experiment failed[^]*perennial experiments stop fraud/);
      scene.runs = scene.runs.map((run) => ({ ...run, runId: 'r2', failed: false }));
      await scene.passes(MINUTE);
      assert.deepEqual(scene.kinds(), []);
    });

    it('no longer alerts about a failed experiment that somebody stopped, or that has told of its end', async () => {
      scene.runs = [{ ...failed, loop: 'experiment', workflowId: 'fraud/experiment/e1' }];
      for (const experiment of [null, 'fraud-e2']) {
        scene.trace.experiment = 'fraud-e1';
        await scene.passes(2 * MINUTE);
        assert.deepEqual(scene.kinds(), ['experiment-failed']);
        scene.trace.experiment = experiment;
        await scene.passes(MINUTE);
        assert.deepEqual(scene.kinds(), []);
      }
    });

    it('alerts about failed care, once for each run, and resolves when the next one succeeds', async () => {
      const care: LastRun = {
        ...failed,
        workflowId: 'care',
        loop: 'care',
        reason: 'must be owner of table predictions',
      };
      scene.care = care;
      await scene.passes(2 * MINUTE);
      const [alert]: readonly Occurrence[] = scene.raised;
      assert.equal(scene.raised.length, 1, 'once, however often it looks');
      assert.deepEqual([alert!.fingerprint, alert!.pipeline, alert!.severity], ['care-failed', null, 'warning']);
      assert.match(alert!.detail, /care failed: must be owner of table predictions\n.*perennial installation care$/s);
      scene.care = { ...care, runId: 'r2' };
      await scene.passes(MINUTE);
      assert.deepEqual(scene.raised.map(({ occasion }) => occasion), ['run/r1', 'run/r2']); // prettier-ignore
      scene.care = { ...care, runId: 'r3', failed: false, reason: null, code: null };
      await scene.passes(MINUTE);
      assert.deepEqual(scene.ended, [{ fingerprint: 'care-failed', reason: 'care ended well' }]);
    });

    it('leaves a quarantine to the alert of its own', async () => {
      scene.runs = [{ ...failed, code: 'SNAPSHOT_QUARANTINED' }];
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.raised, []);
    });

    it('checks all the others when one declaration cannot be read, and logs that once', async () => {
      scene.names = ['broken', 'fraud'];
      scene.championAsOf = MONDAY - 18 * DAY;
      await scene.passes(10 * MINUTE);
      assert.match(scene.raised[0]!.summary, /fraud: v3 still serves after/);
      assert.deepEqual(
        scene.logged.filter((words) => words.includes('broken')),
        ['the watchdog cannot see all of broken: Revision r1 of broken cannot be read'],
      );
    });

    it('alerts about a champion that three scheduled trainings have not renewed', async () => {
      scene.championAsOf = MONDAY - 15 * DAY;
      await scene.passes(MINUTE);
      assert.deepEqual(scene.raised, []);
      scene.championAsOf = MONDAY - 18 * DAY;
      await scene.passes(MINUTE);
      const [stale]: readonly Occurrence[] = scene.raised as Occurrence[];
      assert.match(stale!.summary, /fraud: v3 still serves after 3 scheduled trainings/);
    });
  });

  it('alerts about lost predictions, even if the database was down then, and resolves when no more are lost', async () => {
    scene.database = 'is away';
    scene.dropped = 120;
    await scene.passes(30 * MINUTE);
    scene.database = 'answers';
    await scene.passes(5 * SECOND);
    assert.match(scene.raised[0]!.summary, /server one: 120 predictions were not logged, because its spool was full/);
    await scene.passes(15 * MINUTE);
    assert.deepEqual(scene.ended.map(({ fingerprint }) => fingerprint), ['predictions-dropped/one']); // prettier-ignore
  });

  it('leaves all but its own predictions and versions to the first process of its server', async () => {
    const second = scene.anotherReplica({ replica: 'server/1', onlyOwn: true });
    scene.temporal = 'is away';
    scene.dropped = 7;
    await scene.passes(2 * MINUTE, [second]);
    assert.deepEqual([...scene.open.keys()], ['predictions-dropped/server/1']);
    assert.equal(scene.pollsAsked, 0);
  });

  it('alerts about a database that was set back to older traffic, per server, and resolves when it is over', async () => {
    const problem = 'the database was set back';
    scene.serving = [{ pipeline: aPipeline({ name: 'fraud' }), problem, setBack: true }];
    await scene.passes(MINUTE);
    const [alert] = scene.raised;
    assert.equal(scene.raised.length, 1, 'once, however often it looks');
    assert.deepEqual([alert!.kind, alert!.severity, alert!.fingerprint], ['traffic-set-back', 'critical', 'traffic-set-back/one']); // prettier-ignore
    assert.match(alert!.detail, /fraud: the database was set back/);
    scene.serving = [{ pipeline: aPipeline({ name: 'fraud' }), problem: null, setBack: false }];
    await scene.passes(MINUTE);
    assert.deepEqual(scene.kinds(), []);
  });

  it('alerts about a version that rests, per pipeline and process, and resolves when it answers again', async () => {
    const pipeline = aPipeline({ name: 'fraud' });
    const version = { model: { version: 4 }, pipeline } as ReadyVersion;
    const serving = { arms: [version], shadow: null, fallback: null } as unknown as Serving;
    scene.serving = [{ pipeline, problem: null, setBack: false, serving }];
    const second = scene.anotherReplica({ replica: 'one/1', onlyOwn: true });
    for (let i = 0; i < 5; i++) scene.breakers.failed(version, MONDAY, 'it throws RangeError');
    await scene.passes(MINUTE, [scene.watchdog, second]);
    assert.deepEqual(
      scene.raised.map(({ fingerprint }) => fingerprint),
      ['version-tripped/fraud/one', 'version-tripped/fraud/one/1'],
    );
    const [alert] = scene.raised;
    assert.deepEqual([alert!.kind, alert!.severity, alert!.pipeline], ['version-tripped', 'critical', 'fraud']);
    assert.match(alert!.summary, /^fraud: v4 of server one does not answer$/);
    assert.match(alert!.detail, /v4, since 20.*: it throws RangeError\n.*perennial rollback fraud/s);
    scene.breakers.succeeded(version);
    await scene.passes(MINUTE, [scene.watchdog, second]);
    assert.deepEqual(scene.kinds(), []);
  });

  describe('of how requests are answered', () => {
    beforeEach(
      () => void (scene.serving = [{ pipeline: aPipeline({ name: 'fraud' }), problem: null, setBack: false }]),
    );

    it('warns when a twentieth of the requests take over 200 ms, with the numbers, until they do no longer', async () => {
      scene.answers(90, 10);
      scene.answers(10, 300);
      await scene.passes(5 * SECOND);
      const [alert] = scene.raised;
      assert.deepEqual([alert!.fingerprint, alert!.severity], ['latency/fraud/one', 'warning']);
      assert.match(
        alert!.detail,
        /^Of the 100 requests that server one answered in 5 minutes, 5 % took longer than (29[4-9]|300) ms/,
      );
      await scene.passes(6 * MINUTE);
      scene.answers(100, 10);
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.kinds(), []);
    });

    it('says no longer time than they took', async () => {
      scene.answers(100, 195);
      await scene.passes(5 * SECOND);
      assert.equal(scene.raised.length, 0);
      scene.serving[0]!.pipeline = aPipeline({ name: 'fraud', alerts: { p95Ms: 150 } });
      await scene.passes(5 * SECOND);
      assert.match(scene.raised[0]!.summary, /5 % of requests take over 19[1-5] ms$/);
    });

    it('is critical when more than a twentieth of them fail', async () => {
      scene.answers(190, 10);
      scene.answers(10, 10, 503);
      await scene.passes(5 * SECOND);
      assert.equal(scene.raised.length, 0, 'exactly at the limit');
      scene.answers(1, 10, 500);
      await scene.passes(5 * SECOND);
      assert.deepEqual([scene.raised[0]!.kind, scene.raised[0]!.severity], ['errors', 'critical']);
      assert.match(scene.raised[0]!.detail, /201 requests .* 11 failed \(10 with status 503, 1 with status 500\); the limit is 5\.0 %/); // prettier-ignore
      assert.match(
        scene.raised[0]!.detail,
        /log has the reason.* perennial rollback fraud\n503 means that it refused work/,
      );
    });

    it('says of a server that only refuses work what it has too much of, and of no log or version to look at', async () => {
      scene.answers(190, 10);
      scene.answers(20, 10, 503);
      await scene.passes(5 * SECOND);
      assert.match(
        scene.raised[0]!.detail,
        /20 failed \(20 with status 503\).*\n503 means .* add servers or processes\.$/,
      );
      assert.doesNotMatch(scene.raised[0]!.detail, /rollback/);
    });

    it('is critical when 20 of fewer requests fail, until 100 newer ones are within the limit', async () => {
      scene.answers(19, 10, 500);
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.kinds(), []);
      scene.answers(1, 10, 500);
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.kinds(), ['errors']);
      await scene.passes(6 * MINUTE);
      assert.deepEqual(scene.kinds(), ['errors'], 'nobody asked, so nothing is known');
      scene.answers(80, 10);
      scene.answers(10, 10, 500);
      await scene.passes(6 * MINUTE);
      assert.deepEqual(scene.kinds(), ['errors'], 'clients that back off make nothing better');
      scene.answers(100, 10);
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.ended, [{ fingerprint: 'errors/fraud/one', reason: 'the last 100 requests, of 5 minutes, were within the limit' }]); // prettier-ignore
    });

    it('tells of failures while requests fail, not of old ones that a good request is added to', async () => {
      await scene.passes(10 * MINUTE);
      scene.answers(25, 10, 500);
      await scene.passes(5 * SECOND);
      assert.equal(scene.raised.length, 1);
      await scene.passes(51 * MINUTE);
      scene.answers(1, 10);
      await scene.passes(5 * SECOND);
      assert.equal(scene.raised.length, 1, 'an hour later, though the window still has them');
      scene.answers(1, 10, 500);
      await scene.passes(5 * SECOND);
      assert.equal(scene.raised.length, 2);
    });

    it('adds up requests that come slowly, for an hour at most', async () => {
      for (let minutes = 0; minutes < 30; minutes += 5) {
        scene.answers(18, 10);
        scene.answers(2, 10, 500);
        await scene.passes(5 * MINUTE);
      }
      assert.deepEqual(scene.kinds(), ['errors']);
      assert.match(scene.raised[0]!.detail, /Of the 100 requests that server one answered in 2\d minutes, 10 failed/);
      await scene.passes(40 * MINUTE);
      assert.deepEqual(scene.kinds(), ['errors']);
      await scene.passes(25 * MINUTE);
      assert.deepEqual(scene.ended, [{ fingerprint: 'errors/fraud/one', reason: 'nothing was asked for an hour' }]);
    });

    describe('and refused', () => {
      const missing = { problem: 'missing', field: 'amount' } as const;

      it('warns of more than a fifth of them, with what is most wrong, until the caller is fixed', async () => {
        scene.answers(80, 10);
        scene.answers(20, 10, 400, missing);
        await scene.passes(5 * SECOND);
        assert.equal(scene.raised.length, 0, 'exactly at the limit');
        scene.answers(300, 10, 400, missing);
        scene.answers(15, 10, 400, { problem: 'extra', field: null });
        scene.answers(5, 10, 422);
        await scene.passes(5 * SECOND);
        const [alert] = scene.raised;
        assert.deepEqual(
          [alert!.fingerprint, alert!.kind, alert!.severity],
          ['refused/fraud/one', 'refused', 'warning'],
        );
        assert.equal(
          alert!.summary,
          'fraud: server one refused 340 of 420 requests, most since amount is missing or null',
        );
        assert.match(alert!.detail, /340 were refused .*: 320 since amount is missing or null, 15 since rows have undeclared fields, 5 for other reasons; the limit is 20\.0 %/); // prettier-ignore
        assert.match(
          alert!.detail,
          /declare serving: \{ values: \{ columns: \{ amount: \{ missing: 'impute' \} \} \} \}/,
        );
        await scene.passes(6 * MINUTE);
        scene.answers(100, 10);
        await scene.passes(5 * SECOND);
        assert.deepEqual(scene.ended, [{ fingerprint: 'refused/fraud/one', reason: 'the last 100 requests, of 5 minutes, were within the limit' }]); // prettier-ignore
      });

      it('warns of 20 among fewer, while they come', async () => {
        scene.answers(19, 10, 400, missing);
        await scene.passes(5 * SECOND);
        assert.equal(scene.raised.length, 0);
        scene.answers(1, 10, 400, missing);
        await scene.passes(5 * SECOND);
        assert.match(scene.raised[0]!.summary, /refused 20 of 20 requests, since amount is missing or null$/);
        await scene.passes(6 * MINUTE);
        scene.answers(1, 10);
        await scene.passes(5 * SECOND);
        assert.equal(scene.raised.length, 1);
      });

      it('asks for no declaration where none helps, and names no reason where there is none', async () => {
        scene.answers(20, 10, 400);
        await scene.passes(5 * SECOND);
        assert.match(scene.raised[0]!.summary, /refused 20 of 20 requests$/);
        await scene.passes(61 * MINUTE);
        scene.answers(100, 10, 400, { problem: 'invalid', field: 'created_at' });
        await scene.passes(5 * SECOND);
        assert.match(scene.raised.at(-1)!.summary, /refused 100 of 100 requests, since created_at is not valid$/);
        for (const { detail } of scene.raised) assert.doesNotMatch(detail, /declare/);
      });

      it('keeps to the share that is declared, and leaves keys, addresses, sizes and too many requests alone', async () => {
        for (const status of [401, 403, 404, 413, 429]) scene.answers(100, 10, status);
        await scene.passes(5 * SECOND);
        scene.serving[0]!.pipeline = aPipeline({ name: 'fraud', alerts: { refused: 1 } });
        scene.answers(1_000, 10, 400, missing);
        await scene.passes(5 * SECOND);
        assert.deepEqual(scene.raised, []);
        scene.serving[0]!.pipeline = aPipeline({ name: 'fraud', alerts: { refused: 0.5 } });
        await scene.passes(5 * SECOND);
        assert.deepEqual(scene.kinds(), ['refused']);
      });
    });

    it('says nothing of few slow requests, and keeps to the limits that are declared', async () => {
      scene.answers(80, 900);
      scene.answers(19, 900, 503);
      await scene.passes(5 * SECOND);
      await scene.passes(61 * MINUTE);
      scene.answers(100, 10);
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.raised, []);
      scene.serving[0]!.pipeline = aPipeline({ name: 'fraud', alerts: { p95Ms: 5 } });
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.kinds(), ['latency']);
    });
  });

  describe('of what fills up', () => {
    it('warns of a disk that is nearly full, is critical when it is full, and says when there is room', async () => {
      scene.diskUsed = 0.91;
      await scene.passes(MINUTE);
      scene.diskUsed = 0.98;
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.raised.map(({ severity }) => severity), ['warning', 'critical']); // prettier-ignore
      assert.match(scene.raised[1]!.summary, /server one: its disk is 98\.0 % full/);
      scene.diskUsed = 0.5;
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.kinds(), []);
    });

    it("warns of a worker's disk, and ends that when there is room, or nothing was heard of the worker for an hour", async () => {
      const disk = { machine: 'far', device: '7', folder: '/data', secondsAgo: 20, ofServer: false, used: 0.98 };
      scene.workerDisks = [disk];
      await scene.passes(MINUTE);
      assert.deepEqual(scene.reported[0], ['server', 'host']);
      assert.deepEqual(scene.raised.map(({ severity, summary }) => [severity, summary]), [['critical', 'the worker on far: its disk is 98.0 % full']]); // prettier-ignore
      scene.workerDisks = [{ ...disk, secondsAgo: 20 * 60 }];
      await scene.passes(MINUTE);
      assert.deepEqual(scene.kinds(), ['disk'], 'the full disk may have ended it');
      scene.workerDisks = [{ ...disk, secondsAgo: 2 * 3600 }];
      await scene.passes(MINUTE);
      assert.deepEqual(scene.ended, [{ fingerprint: 'disk/worker/far/7', reason: 'this worker has said nothing for an hour' }]); // prettier-ignore
      scene.workerDisks = [disk];
      await scene.passes(MINUTE);
      scene.workerDisks = [{ ...disk, used: 0.5 }];
      await scene.passes(MINUTE);
      assert.deepEqual(scene.kinds(), []);
    });

    it("tells of the one disk of a server and a worker once, and of a worker's also while its queue is deserted", async () => {
      const disk = { device: '1', folder: '/data', secondsAgo: 20, used: 0.95 };
      await scene.passes(MINUTE);
      scene.gone = new Set(['perennial-data']);
      scene.workerDisks = [
        { ...disk, machine: 'host', ofServer: true },
        { ...disk, machine: 'far', ofServer: false },
      ];
      scene.diskUsed = 0.95;
      await scene.passes(3 * MINUTE);
      assert.deepEqual([...scene.open.keys()].sort(), ['disk/one', 'disk/worker/far/1', 'workers-gone']);
    });

    it('warns of a spool, a log and a queue that nobody works off, each by itself', async () => {
      scene.spoolUsed = 0.6;
      scene.uncounted = 2_000_000;
      scene.queues = [
        { queue: 'perennial-data', tasks: 40, ageMs: HOUR },
        { queue: 'perennial-training', tasks: 4, ageMs: HOUR },
      ];
      await scene.passes(2 * MINUTE);
      assert.deepEqual([...scene.open.keys()].sort(), ['backlog/log', 'backlog/queue/perennial-data', 'backlog/spool/one']); // prettier-ignore
      assert.ok(scene.raised.some(({ summary }) => summary === '40 tasks wait in perennial-data, the oldest for 60 minutes')); // prettier-ignore
      scene.spoolUsed = 0.4;
      scene.uncounted = 0;
      scene.queues = [];
      scene.queues = [{ queue: 'perennial-data', tasks: 0, ageMs: 0 }];
      await scene.passes(2 * MINUTE);
      assert.deepEqual([...scene.open.keys()], ['backlog/spool/one'], 'a spool is over when it is emptier');
    });
  });

  describe('of the database', () => {
    it('tells the recipients of the installation directly, once, and stores the outage when it is over', async () => {
      scene.mail = 'is away';
      scene.reachable = false;
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.direct, []);
      scene.mail = 'works';
      await scene.passes(3 * MINUTE);
      assert.equal(scene.direct.length, 1);
      assert.match(
        scene.direct[0]!,
        /^ops@example\.com \[perennial critical\] the database has not answered for \d+ s$/,
      );
      scene.reachable = true;
      await scene.passes(5 * SECOND);
      assert.match(scene.raised[0]!.summary, /^the database did not answer for 300 s$/);
      await scene.passes(9 * MINUTE);
      assert.deepEqual(scene.kinds(), ['database-gone'], 'what it broke is listed under it meanwhile');
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.kinds(), []);
    });

    describe('by PagerDuty', () => {
      const events: string[] = [];
      let works = true;
      const paged = () =>
        scene.anotherReplica({
          always: [{ channel: 'pagerduty', target: 'KEY' }],
          channels: {
            pagerduty: {
              async send({ telling, facts }: Message) {
                if (!works) throw new Error('PagerDuty does not answer');
                events.push(`${telling} ${facts?.fingerprint}`);
              },
            },
          } as unknown as WatchdogParts['channels'],
        });
      beforeEach(() => {
        events.length = 0;
        works = true;
      });

      it('ends the incident when no alert does, as when it was silenced', async () => {
        const dogs = [paged()];
        await scene.passes(MINUTE, dogs);
        events.length = 0;
        scene.reachable = false;
        await scene.passes(3 * MINUTE, dogs);
        scene.reachable = true;
        await scene.passes(9 * MINUTE, dogs);
        assert.deepEqual(events, ['opened database-gone']);
        await scene.passes(2 * MINUTE, dogs);
        assert.deepEqual(events, ['opened database-gone', 'resolved database-gone']);
      });

      it('ends the incident that a process before this one opened, once PagerDuty answers', async () => {
        scene.reachable = false;
        await scene.passes(3 * MINUTE, [paged()]);
        const dogs = [paged()];
        await scene.passes(30 * SECOND, dogs);
        scene.reachable = true;
        works = false;
        await scene.passes(MINUTE, dogs);
        works = true;
        await scene.passes(HOUR, dogs);
        assert.deepEqual(events, ['opened database-gone', 'resolved database-gone']);
        assert.deepEqual(scene.logged, ['that the database answers is not delivered: PagerDuty does not answer']);
      });
    });

    it('ignores a short interruption', async () => {
      scene.reachable = false;
      await scene.passes(50 * SECOND);
      scene.reachable = true;
      await scene.passes(MINUTE);
      assert.deepEqual([scene.direct, scene.raised], [[], []]);
    });
  });

  describe('of a thousand pipelines', () => {
    beforeEach(() => void (scene.crowd = Array.from({ length: 999 }, (_, i) => `p${i}`)));

    it('reads a declaration once, and asks about a few pipelines at a time', async () => {
      scene.failed = () => null;
      scene.hold = new Promise(setImmediate);
      await scene.passes(2 * MINUTE);
      assert.equal(scene.declarationsRead, 1_000);
      assert.equal(scene.runsAsked.length, 1_000, 'once');
      assert.equal(scene.mostRunsAsked, 4);
    });

    it('resolves what was open before this server began, and nothing for all that are well', async () => {
      scene.championAsOf = MONDAY - 18 * DAY;
      scene.names = ['p7'];
      scene.crowd = [];
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.kinds(), ['champion-stale']);
      scene.championAsOf = MONDAY - DAY;
      scene.crowd = Array.from({ length: 999 }, (_, i) => `other${i}`);
      await scene.passes(5 * SECOND, [scene.anotherReplica()]);
      assert.deepEqual([scene.kinds(), scene.resolved], [[], ['champion-stale/p7']]);
      assert.equal(scene.openRead, 2, 'once a look');
    });

    it('also resolves alerts that it never heard were stored', async () => {
      scene.temporal = 'is away';
      scene.database = 'is slow';
      await scene.passes(MINUTE);
      scene.temporal = scene.database = 'answers';
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.ended.map(({ fingerprint }) => fingerprint), ['temporal-gone']); // prettier-ignore
    });

    it('asks at its first look only about runs that have failed, or whose alert about that is open', async () => {
      scene.failed = () => new Set(['p3', 'gone']);
      scene.open.set('monitoring-failed/p5', {} as Occurrence);
      await scene.passes(5 * SECOND);
      assert.deepEqual(scene.runsAsked, ['p3', 'p5']);
    });

    it('asks later only about runs that have failed since, even after Temporal was away', async () => {
      const run: LastRun = { workflowId: 'fraud/data/x', runId: 'r1', loop: 'data', failed: false, reason: null, code: null }; // prettier-ignore
      scene.crowd = scene.crowd.slice(0, 19);
      await scene.passes(2 * MINUTE);
      scene.runs = [run];
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.runsAsked, [], 'all is well');
      scene.runs = [{ ...run, runId: 'r2', failed: true, reason: 'connection refused' }];
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.runsAsked, ['fraud'], 'once, while no other has ended');
      assert.deepEqual(scene.kinds(), ['data-failed']);
      scene.temporal = 'is away';
      await scene.passes(MINUTE);
      scene.runs = [{ ...run, runId: 'r3' }];
      scene.temporal = 'answers';
      await scene.passes(2 * MINUTE);
      assert.deepEqual(scene.kinds(), []);
    });

    describe('while a look takes long', () => {
      let answer = (): void => undefined;
      const turns = async (): Promise<void> => {
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      };
      beforeEach(() => {
        scene.failed = () => null;
        scene.hold = new Promise((resolve) => (answer = resolve));
      });

      it('begins no other', async () => {
        const dog = scene.anotherReplica();
        const looks = [dog.look(), dog.look()];
        await turns();
        looks.push(dog.look());
        answer();
        await Promise.all(looks);
        assert.equal(scene.pollsAsked, 1);
        await dog.look();
        assert.equal(scene.pollsAsked, 2);
      });

      it('asks for nothing more once the look is given up', async () => {
        await scene.anotherReplica({ longestMs: 50 }).look();
        assert.match(scene.logged.at(-1)!, /a look of the watchdog did not end within 50 ms/);
        const asked = [4, 4];
        assert.deepEqual([scene.declarationsRead, scene.runsAsked.length], asked);
        answer();
        await turns();
        assert.deepEqual([scene.declarationsRead, scene.runsAsked.length], asked, 'those under way were the last');
      });

      it('complains of nothing when it is stopped in the middle of a look', async () => {
        const dog = scene.anotherReplica();
        const looking = dog.look();
        await turns();
        const stopping = dog.stop();
        answer();
        await Promise.all([stopping, looking]);
        assert.deepEqual(scene.logged, []);
      });

      it('asks for nothing more about a single pipeline either', async () => {
        scene.championAsOf = MONDAY - 18 * DAY;
        await scene.anotherReplica({ longestMs: 50 }).look();
        answer();
        await turns();
        assert.deepEqual([scene.raised.length, scene.runsAsked], [4, []]);
      });
    });
  });
});
