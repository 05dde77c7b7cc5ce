import { type TrainingProgress } from './protocol.ts';

const PULSE_MILLISECONDS = 500;

export interface TrainingEvents {
  progress(progress: TrainingProgress): void;
  /** A file to resume from, after the progress that it holds. The training waits for what is returned. */
  checkpoint(file: string): unknown;
  log(line: string): void;
  /** Called about twice a second: may throw to end the training. */
  check(): void;
}

/** How a training shows that it lives. */
export interface Pulse {
  /** Lets messages in between two pieces of work, and reports about twice a second. */
  beat: () => Promise<void>;
  /** Rows that were learnt from since the last beat, and their mean loss. */
  trained: (rows: number, loss: number) => void;
  /** An epoch or a tree is finished. */
  finished: (done: number, selectionLoss: number) => void;
}

export function createPulse(
  { unit, of, backend }: Pick<TrainingProgress, 'unit' | 'of' | 'backend'>,
  events: Pick<TrainingEvents, 'progress' | 'check'>,
): Pulse {
  let [reported, rows, milliseconds, last] = [0, 0, 0, performance.now()];
  const mean = { sum: 0, pieces: 0 };
  const now: TrainingProgress = { unit, done: 0, of, loss: null, selectionLoss: null, rowsPerSecond: 0, backend };
  const report = (): void => {
    reported = performance.now();
    if (mean.pieces > 0) now.loss = mean.sum / mean.pieces;
    if (milliseconds > 0) now.rowsPerSecond = Math.round((rows * 1000) / milliseconds);
    events.progress({ ...now });
  };
  return {
    async beat() {
      await new Promise(setImmediate);
      if (performance.now() - reported >= PULSE_MILLISECONDS) {
        events.check();
        report();
      }
      last = performance.now();
    },
    trained(some, loss) {
      rows += some;
      milliseconds += performance.now() - last;
      mean.sum += loss;
      mean.pieces++;
    },
    finished(done, selectionLoss) {
      now.done = done;
      now.selectionLoss = selectionLoss;
      report();
      mean.sum = mean.pieces = 0;
    },
  };
}
