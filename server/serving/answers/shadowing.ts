import { type Metrics } from '../../protocols/health/prometheus.ts';
import { type Meeting, type Met, type Scoring } from './scoring.ts';
import { type ReadyVersion } from '../serving.ts';

/** Time of one turn of the event loop for shadows, in milliseconds; one slow row may exceed it. */
const TURN = 0.5;
const MOST_WAITING = 10_000;

export interface Shadowing {
  /** Has the shadow, if there is one, score a request's rows when the answer is out. */
  later(meeting: Meeting): void;
  stop(): void;
}

export interface ShadowingParts {
  scoring: Pick<Scoring, 'observe'>;
  metrics: Pick<Metrics, 'skippedByShadow'>;
}

interface Waiting extends Pick<Meeting, 'counts' | 'now'>, Met {
  shadow: ReadyVersion;
}

/**
 * Scores rows by shadows between answers, a little in each turn of the event loop. What a shadow does is only counted.
 * While more rows come than shadows can score, the newest are skipped: which ones does not depend on their content.
 */
export function createShadowing({ scoring, metrics }: ShadowingParts): Shadowing {
  let batch: Waiting[] = [];
  let next = 0;
  /** What came since the batch began. */
  let waiting: Waiting[] = [];
  let running = false;

  const observe = (row: Waiting): void => scoring.observe(row, row.shadow, row);

  function turn(): void {
    const until = performance.now() + TURN;
    do {
      if (next === batch.length) [batch, waiting, next] = [waiting, [], 0];
      running = batch.length > 0;
      if (running) observe(batch[next++]!);
    } while (running && performance.now() < until);
    if (running) setImmediate(turn);
  }

  return {
    later({ serving: { shadow }, counts, now, met }) {
      if (!shadow) return;
      for (const { sent, unit, answered } of met)
        if (batch.length - next + waiting.length < MOST_WAITING)
          waiting.push({ shadow, counts, now, sent, unit, answered });
        else metrics.skippedByShadow(shadow.pipeline.name);
      if (running) return;
      running = true;
      setImmediate(turn);
    },
    stop() {
      batch = waiting = [];
      next = 0;
    },
  };
}
