import { LABEL, SPLIT, TIME } from '../../core/data/data.ts';
import type { Columns } from '../../core/columns/index.ts';
import { environment, machineIn } from '../../wiring/settings.ts';
import { createProcessTrainer } from '../../workers/training/trainer-process.ts';
import { DuckDBInstance } from '@duckdb/node-api';
import { join } from 'node:path';

const ROWS = 200_000;
const COLUMNS = Array.from({ length: 20 }, (_, i) => `n${i}`);

/** Trains a network in a process of its own, as a worker does, until it is stopped. */
export async function trainBeside(folder: string): Promise<{ stop(): Promise<void> }> {
  const trainingSet = join(folder, 'training-set.parquet');
  await writeTrainingSet(trainingSet);
  const stopped = new AbortController();
  let begun = (): void => {};
  const learning = new Promise<void>((resolve) => (begun = resolve));
  const trainer = createProcessTrainer({ tensorflow: machineIn().tensorflow, environment });
  const training = trainer.train(
    {
      trainingSet,
      columns: Object.fromEntries(COLUMNS.map((name) => [name, { kind: 'number', nulls: 0 }])) as Columns,
      labelKind: 'binary',
      candidate: {
        kind: 'mlp',
        name: 'beside',
        hidden: [64, 32],
        dropout: 0.1,
        epochs: 1000,
        batchSize: 512,
        learningRate: 1e-6, // improves a little for ever
      },
      seed: 1,
      resumeFrom: null,
      folder,
    },
    { signal: stopped.signal, onProgress: () => begun(), onCheckpoint: async () => {} },
  );
  await Promise.race([learning, training]);
  return {
    async stop() {
      stopped.abort(new Error('measured'));
      const ended = await training.then(
        () => 'by itself',
        (error: unknown) => (stopped.signal.reason === error ? null : String(error)),
      );
      if (ended !== null) throw new Error(`The training beside the load ended ${ended}.`);
    },
  };
}

async function writeTrainingSet(file: string): Promise<void> {
  const duck = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await duck.connect();
  const numbers = COLUMNS.map((name) => `random() as ${name}`).join(', ');
  await connection.run(
    `copy (select case when i % 5 = 0 then 'selection' else 'train' end as ${SPLIT}, timestamp '2026-01-01' as ${TIME},
       (random() < 0.3)::double as ${LABEL}, ${numbers} from range(${ROWS}) t(i)) to '${file}' (format parquet)`,
  );
  connection.closeSync();
  duck.closeSync();
}
