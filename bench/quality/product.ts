import { clockSetting } from '../../adapters/machine/clock.ts';
import { operator } from '../../core/access/actor.ts';
import { type Row } from '../../core/data/data.ts';
import { versionName } from '../../core/base/ids.ts';
import { createProgress } from '../../local/progress.ts';
import { openHome } from '../../local/stack/home-folder.ts';
import { startStack } from '../../local/stack/stack.ts';
import { type DataSet } from './data-set.ts';
import { AS_OF, DAYS } from './halves.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PORTS = { postgres: 15_460, temporal: 7_363, temporalUi: 8_363, server: 8_190 };
const LOOK_MS = 50;
const ROWS_A_REQUEST = 1_000;

const gateMetrics = { binary: 'averagePrecision', number: 'rmse', class: 'logLoss' } as const;

export interface Promoted {
  /** Of the rows asked about, in their order: scores, or the likeliest classes. */
  scores: number[];
  /** From the request for a model to the promotion. */
  seconds: number;
  candidate: string;
}

interface Health {
  pipelines: Record<string, { version: number | null }>;
}

/** Perennial as `npm start` runs it, at a moment that stands still. */
export async function openProduct(folder: string, report: (line: string) => void) {
  const path = join(folder, 'home');
  mkdirSync(path);
  const home = openHome(path);
  const stack = await startStack({
    home,
    step: createProgress().step,
    note: report,
    actor: operator('bench', 'automation'),
    dataRoots: [folder],
    recipeRoots: [],
    ports: PORTS,
    clock: () => clockSetting(new Date(AS_OF), new Date(), 0),
    sources: async () => ({}),
  }).catch((error: unknown) => {
    home.close();
    throw error;
  });
  const { operations, serverUrl } = stack;

  async function scoresOf(pipeline: string, rows: readonly Row[], classes: DataSet['classes']): Promise<number[]> {
    const scores: number[] = [];
    for (let at = 0; at < rows.length; at += ROWS_A_REQUEST) {
      const response = await fetch(`${serverUrl}/predict/${pipeline}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rows: rows.slice(at, at + ROWS_A_REQUEST) }),
      });
      if (!response.ok) throw new Error(`The prediction server answered ${response.status}: ${await response.text()}`);
      const { predictions } = (await response.json()) as { predictions: { score: number; label?: string }[] };
      scores.push(...predictions.map(({ score, label }) => (classes ? Number(label) : score)));
    }
    return scores;
  }

  async function untilServing(pipeline: string, version: number): Promise<void> {
    for (;;) {
      const { pipelines } = (await (await fetch(`${serverUrl}/health`)).json()) as Health;
      if (pipelines[pipeline]?.version === version) return;
      await sleep(LOOK_MS);
    }
  }

  return {
    /** Declares a pipeline with nothing but its data, and asks the model that it promotes. */
    async promote(
      name: string,
      { columns, label, classes }: DataSet,
      file: string,
      rows: readonly Row[],
    ): Promise<Promoted> {
      const input = {
        name,
        source: {
          kind: 'csv',
          file,
          key: 'id',
          time: 'at',
          partition: '30 days',
          lateness: '0 seconds',
          history: `${DAYS + 1} days`,
        },
        columns,
        label: { name: 'label', kind: label, ...(classes && { classes }) },
        gates: { metric: gateMetrics[label], margin: 0, minRows: 1, minPositives: 1, minBlocks: 2 },
      };
      await operations.apply([{ input, file: `${name}.ts` }]);
      await operations.run.result(await operations.run.start('data', name, AS_OF));
      const began = performance.now();
      const request = await operations.retraining.ask({ pipeline: name, reason: 'a first model', asOf: AS_OF });
      for (;;) {
        const outcome = (await operations.retraining.cycleOf(request))?.outcome;
        if (outcome?.result === 'promoted') break;
        if (outcome) throw new Error(`${name}: the training ended ${outcome.result}: ${outcome.reason}`);
        await sleep(LOOK_MS);
      }
      const seconds = (performance.now() - began) / 1000;
      const { candidate, version } = (await operations.models.list(name))[0]!;
      await untilServing(name, version);
      report(`${name}: ${versionName(version)} is ${candidate}, after ${seconds.toFixed(1)} s`);
      return { scores: await scoresOf(name, rows, classes), seconds, candidate };
    },
    async close(): Promise<void> {
      await stack.stop();
      home.close();
    },
  };
}
export type Product = Awaited<ReturnType<typeof openProduct>>;
