import { createObjectStore } from '../../adapters/objects/object-store.ts';
import { createTemporalClient } from '../../adapters/temporal/connection/connection.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Home } from '../../local/stack/home-folder.ts';
import { type Caller, startCaller } from './caller.ts';
import { inflict, type Struck } from './faults.ts';
import { checkAll, type Finding } from './checks/invariants.ts';
import { type Machine, startMachine } from './machine.ts';
import { createMoments } from './moments.ts';
import { expectOutagesOf, persist, until } from './persist.ts';
import { type Fault, faultInWords, planOutage, planRound } from './plan.ts';
import { untilQuiet } from './quiet.ts';
import { liveADay, nothingPromised, type Promised } from './work.ts';
import { morningOf, openWorld, type TurningWorld, type World } from './world.ts';
import { type Client } from '@temporalio/client';

export interface RoundResult {
  round: number;
  struck: Struck[];
  /** Faults whose moment did not come. */
  skipped: Fault[];
  seconds: number;
  /** From the end of the last fault until nothing was under way any more. */
  quietAfterSeconds: number;
  findings: Finding[];
}

export interface ChaosOptions {
  home: Home;
  world: World;
  seed: number;
  rounds: number[];
  faults: number;
  /** How long the one outage of a round lasts; null for rounds of faults. */
  outageMs: number | null;
  tell(words: string): void;
}

/** All that stays the same from round to round. */
interface Setting {
  options: ChaosOptions;
  machine: Machine;
  client: Client;
  turning: TurningWorld;
  caller: Caller;
  promised: Promised;
}

/** Makes a small world with a first champion, then breaks things round after round, until an invariant is broken. */
export async function playRounds(options: ChaosOptions): Promise<RoundResult[]> {
  const { home, world, seed, rounds, outageMs, tell } = options;
  const [first = 1] = rounds;
  const source = world.simulation.connection;
  expectOutagesOf(outageMs ?? 0);
  const machine = await startMachine({ home, start: morningOf(first), source, bucket: outageMs !== null, tell });
  const closers: (() => Promise<void>)[] = [() => machine.stop()];
  try {
    const client = await createTemporalClient(machine.config.temporal);
    closers.push(() => client.connection.close());
    const turning = await openWorld(world, machine.environment[source]!, seed);
    closers.push(() => turning.close());
    await makeFirstChampion(machine, world, turning, first, tell);
    const caller = startCaller(machine.serverUrl, world.pipeline, machine.server);
    closers.push(() => caller.stop());

    const results: RoundResult[] = [];
    const promised = nothingPromised();
    for (const round of rounds) {
      const result = await playRound(round, { options, machine, client, turning, caller, promised });
      results.push(result);
      if (result.findings.some(({ broken }) => broken.length > 0)) break;
    }
    return results;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function makeFirstChampion(
  { operations, serverUrl }: Machine,
  { name, declared }: World,
  turning: TurningWorld,
  round: number,
  tell: (words: string) => void,
): Promise<void> {
  const asOf = await turning.history(round);
  await persist('applying the declaration', () => operations.apply([declared]));
  await operations.run.result(await operations.run.start('data', name, asOf));
  const request = await operations.retraining.ask({ pipeline: name, reason: 'a first model', asOf });
  const cycle = await until('the first training', async () => {
    const found = await operations.retraining.cycleOf(request);
    return found?.outcome ? found : null;
  });
  if (cycle.outcome?.result !== 'promoted') throw new Error(`The first training ended: ${cycle.outcome?.reason}`);
  await until('the first champion', async () => (await fetch(`${serverUrl}/health/ready`)).ok);
  tell('a first champion serves');
}

async function playRound(
  round: number,
  { options, machine, client, turning, caller, promised }: Setting,
): Promise<RoundResult> {
  const { home, world, seed, faults, outageMs, tell } = options;
  const say = (words: string): void => tell(`round ${round}: ${words}`);
  const started = performance.now();
  const since = Date.now();
  const plan = outageMs === null ? planRound(seed, round, faults) : planOutage(round, outageMs);
  for (const fault of plan) say(`planned: ${faultInWords(fault)}`);

  const { rows, to } = await turning.day(round);
  caller.rows(rows);
  const moments = createMoments();
  const blows = plan.map((fault) => inflict(fault, machine, moments, say));
  const trouble: string[] = [];
  const note = (error: unknown): void => void trouble.push(messageOf(error));
  const day = { pipeline: world.name, asOf: to, moments, promised, busy: outageMs === null };
  await liveADay(machine, day).catch(note);
  const done = await Promise.all(blows.map((blow) => blow.catch((error: unknown) => (note(error), null))));
  await caller.rest();
  const calm = performance.now();
  say('no more faults; waiting until nothing is under way');
  const unrest = await untilQuiet(machine, client, world.name);
  const quietAfterSeconds = (performance.now() - calm) / 1_000;

  const store = createObjectStore(machine.config);
  const homeFolder = home.folder;
  const findings = await checkAll({ machine, world, client, store, caller, promised, homeFolder, since });
  findings.unshift({
    invariant: 'the work of the day is done, and all is quiet',
    counted: '',
    broken: [...trouble, ...unrest],
  });
  for (const { invariant, counted, broken } of findings)
    say(broken.length > 0 ? `BROKEN ${invariant}:\n    ${broken.join('\n    ')}` : `holds: ${invariant} (${counted})`);
  return {
    round,
    struck: done.flatMap((one) => (one ? [one] : [])),
    skipped: plan.filter((_, i) => done[i] === null),
    seconds: (performance.now() - started) / 1_000,
    quietAfterSeconds,
    findings,
  };
}
