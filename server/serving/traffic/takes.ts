import { type CurrentTraffic } from '../../../core/rollout/traffic.ts';
import { type Taking } from './taking-up.ts';

/** Not counting those that wait for the object store: four missing artifacts must not block a fifth. */
const AT_ONCE = 4;

/** Traffic being taken up, one attempt per pipeline: newer traffic aborts the attempt at an older one. */
export interface Takes {
  want(traffic: CurrentTraffic): void;
  /** Resolves when every attempt has ended. */
  ended(): Promise<void>;
  /** Ends every attempt, and begins no more. */
  stop(): Promise<void>;
}

/** `take` never rejects, and ends soon after its signal aborts. */
export function createTakes(take: (traffic: CurrentTraffic, taking: Taking) => Promise<void>): Takes {
  const wanted = new Map<string, CurrentTraffic>();
  const underWay = new Map<string, { traffic: CurrentTraffic; stop: AbortController; ended: Promise<void> }>();
  let places = AT_ONCE;

  function begin(traffic: CurrentTraffic): void {
    const stop = new AbortController();
    let holdsPlace = true;
    places--;
    const giveUpPlace = (): void => {
      if (holdsPlace) places++;
      holdsPlace = false;
      beginMore();
    };
    const ended = take(traffic, { signal: stop.signal, onSlow: giveUpPlace }).then(() => {
      underWay.delete(traffic.pipeline);
      giveUpPlace();
    });
    underWay.set(traffic.pipeline, { traffic, stop, ended });
  }

  function beginMore(): void {
    for (const [pipeline, traffic] of wanted) {
      if (places === 0) return;
      if (underWay.has(pipeline)) continue;
      wanted.delete(pipeline);
      begin(traffic);
    }
  }

  async function ended(): Promise<void> {
    while (underWay.size > 0) await Promise.all([...underWay.values()].map((attempt) => attempt.ended));
  }

  return {
    want(traffic) {
      const { pipeline } = traffic;
      const now = underWay.get(pipeline);
      if (now && isSame(now.traffic, traffic)) return void wanted.delete(pipeline);
      wanted.set(pipeline, traffic);
      now?.stop.abort(new Error('newer traffic replaced it'));
      beginMore();
    },
    ended,
    async stop() {
      wanted.clear();
      for (const { stop } of underWay.values()) stop.abort(new Error('the server is stopping'));
      await ended();
    },
  };
}

const isSame = (one: CurrentTraffic, other: CurrentTraffic): boolean =>
  one.generation === other.generation && one.changedAt === other.changedAt;
