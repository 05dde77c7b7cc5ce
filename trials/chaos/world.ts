import { type Row } from '../../core/data/data.ts';
import { parsePipeline, type Pipeline, type PipelineInput } from '../../core/declaration/pipeline.ts';
import { type Simulation } from '../../core/sources/simulation.ts';
import { allAtOnce } from '../../core/rollout/steps/declared-steps.ts';
import { before, DAY, instant, type Instant } from '../../core/time/time.ts';
import { readExamples } from '../../local/simulation/examples.ts';
import { openSource, type SimulatedSource } from '../../local/simulation/source.ts';
import { persist } from './persist.ts';

/** The first day of chaos; rows begin before it, as far back as the declaration looks. */
export const START: Instant = '2026-01-19T00:00:00.000Z';
const PER_DAY = 800;
const NEVER: Instant = '9999-01-01T00:00:00.000Z';

/** A small world: few rows, models that train in seconds, and policies that never make anyone wait. */
export interface World {
  name: string;
  pipeline: Pipeline;
  /** As in an author's file. */
  declared: { input: unknown; file: string };
  simulation: Simulation & { tables: URL };
}

export async function smallWorld(folder: string): Promise<World> {
  const examples = await readExamples(folder);
  const found = examples.find(({ simulation }) => simulation?.tables);
  if (!found?.simulation?.tables) throw new Error(`No pipeline in ${folder} brings a simulation with tables.`);
  const { simulation, file } = found;
  const original = found.input as PipelineInput;
  const input = {
    ...original,
    label: { ...original.label, maturesAfter: '1 day' },
    expectations: { minRows: 100 },
    // No waiting: this is about survival, not about quality. A training is long enough to be struck in the middle of it.
    splits: { train: 0.4, selection: 0.2, calibration: 0.2, holdout: 0.2, folds: 'none' },
    candidates: [
      { kind: 'logistic', name: 'logistic', epochs: 4, batchSize: 64 },
      { kind: 'mlp', name: 'patient', hidden: [32, 32], epochs: 40, batchSize: 16, learningRate: 1e-3 },
    ],
    gates: { metric: 'rocAuc', margin: 0.02, minPositives: 1 },
    // Every other day is unlike the one before, which an alarm would learn to be usual.
    drift: { ...original.drift, falseAlarms: 'off', minRows: 50 },
    rollout: { steps: allAtOnce() },
    retraining: { debounce: '0 seconds', cooldown: '0 seconds', trainingsPerWeek: 1_000, afterDrift: '0 seconds' },
  } satisfies PipelineInput;
  const pipeline = parsePipeline(input, file);
  return {
    name: pipeline.name,
    pipeline,
    declared: { input, file },
    simulation: { ...simulation, tables: found.simulation.tables },
  };
}

/** When the day of a round begins. */
export const morningOf = (round: number): Instant => instant(Date.parse(START) + (round - 1) * DAY);

/** The simulated world, a day at a time; it keeps writing however often its database goes down. */
export async function openWorld({ simulation, pipeline }: World, url: string, seed: number) {
  const source: SimulatedSource = await openSource(simulation, url, { seed, perDay: PER_DAY, driftSince: null });

  async function turn(from: Instant, to: Instant): Promise<Row[]> {
    return persist('the world turns', async () => {
      const rows: Row[] = [];
      await source.advance(from, to, async (events) => void rows.push(...events.map((event) => event.row.values)));
      return rows;
    });
  }
  return {
    /** What happened before a round's day. */
    async history(round: number): Promise<Instant> {
      await turn(before(before(START, pipeline.source.history), '1 day'), morningOf(round));
      return morningOf(round);
    },
    /** The rows of a round's day, and the moment at which it ends. Every other day people behave differently. */
    async day(round: number): Promise<{ rows: Row[]; to: Instant }> {
      const to = morningOf(round + 1);
      source.drift(round % 2 === 1 ? morningOf(round) : NEVER);
      return { rows: await turn(morningOf(round), to), to };
    },
    close: () => source.close(),
  };
}
export type TurningWorld = Awaited<ReturnType<typeof openWorld>>;
