import { messageOf } from '../../core/base/errors/errors.ts';
import { type Exit } from '../../local/stack/leash.ts';
import { descendantsOf, signal } from './processes.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program as the keeper needs it. */
export interface Kept {
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
}

export interface KeeperOptions {
  name: string;
  /** Starts it where it was, on the same port and folders; resolves when it answers. */
  start(): Promise<Kept>;
  /** Its children are struck with it, as those of Postgres. */
  withChildren?: boolean;
  /** What it cannot start without: while one of these is down, it may end and is started again. */
  needs?: readonly Keeper[];
  /** Hears what happens to it. */
  tell(words: string): void;
}

/** Keeps one program running, as a cluster would: it restarts the program, however it ended. */
export interface Keeper {
  name: string;
  pid(): number | null;
  /** Kills it at once, and restarts it after a while. Resolves when it answers. */
  kill(downMs: number): Promise<void>;
  /** Kills one of its children, and nothing else. */
  killChild(pick: (count: number) => number): Promise<void>;
  /** Asks it to stop, and restarts it. */
  restart(downMs: number): Promise<void>;
  /** Freezes it for a while, its connections open. */
  pause(pauseMs: number): Promise<void>;
  /** How often it was hit, whether it is down now, and whether it may still be recovering. */
  struck(): { times: number; down: boolean; lately: boolean };
  /** Unexpected events: it ended by itself, or did not start. */
  faults: string[];
  stop(): Promise<void>;
}

const MOST_STARTS = 10;
/** How long a victim may need to recover after a fault. */
const RECOVERING_MS = 30_000;

function createKeeper({ name, start, withChildren = false, needs = [], tell }: KeeperOptions): Keeper {
  let current: Kept | null = null;
  let expected = false;
  let stopped = false;
  let turn: Promise<unknown> = Promise.resolve();
  const faults: string[] = [];
  const blows = { times: 0, down: 0, at: -Infinity };

  async function launch(): Promise<void> {
    for (let attempt = 1; !stopped; attempt++) {
      try {
        const started = await start();
        current = started;
        void started.exited.then((exit) => ended(started, exit));
        return;
      } catch (error) {
        const words = `${name} did not start: ${messageOf(error)}`;
        tell(words);
        if (!needs.some((other) => other.struck().lately)) faults.push(words);
        if (attempt === MOST_STARTS) throw error;
        await sleep(1_000);
      }
    }
  }

  function ended(which: Kept, { code, signal: by }: Exit): void {
    if (which !== current || expected || stopped) return;
    current = null;
    faults.push(`${name} (process ${which.pid}) ended by itself with ${by ?? `exit code ${code}`}`);
    tell(faults.at(-1)!);
    void inTurn(launch).catch(() => undefined);
  }

  /** One fault at a time; a second one waits until the first is over. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  const blow = (work: () => Promise<void>): Promise<void> =>
    inTurn(async () => {
      blows.times++;
      blows.down++;
      await work().finally(() => {
        blows.down--;
        blows.at = performance.now();
      });
    });

  const family = (pid: number): number[] => [
    pid,
    ...(withChildren ? descendantsOf(pid).map((child) => child.pid) : []),
  ];

  const bounce = (end: (victim: Kept) => Promise<void>, downMs: number): Promise<void> =>
    blow(async () => {
      const victim = current;
      if (victim) {
        expected = true;
        current = null;
        await end(victim);
        expected = false;
      }
      await sleep(downMs);
      await launch();
    });

  return {
    name,
    faults,
    struck: () => ({
      times: blows.times,
      down: blows.down > 0,
      lately: blows.down > 0 || performance.now() - blows.at < RECOVERING_MS,
    }),
    pid: () => current?.pid ?? null,
    kill: (downMs) =>
      bounce(async (victim) => {
        signal(family(victim.pid), 'SIGKILL');
        await victim.exited;
      }, downMs),
    killChild: (pick) =>
      blow(async () => {
        const children = current ? descendantsOf(current.pid) : [];
        const child = children[pick(Math.max(1, children.length))];
        if (child) signal([child.pid], 'SIGKILL');
      }),
    restart: (downMs) => bounce((victim) => victim.stop(), downMs),
    pause: (pauseMs) =>
      blow(async () => {
        if (!current) return;
        const pids = family(current.pid);
        signal(pids, 'SIGSTOP');
        try {
          await sleep(pauseMs);
        } finally {
          signal(pids, 'SIGCONT');
        }
      }),
    async stop() {
      stopped = true;
      await turn;
      await current?.stop();
    },
  };
}

/** Starts the program for the first time; a keeper that could not start it is of no use. */
export async function keep(options: KeeperOptions): Promise<Keeper> {
  const keeper = createKeeper(options);
  await keeper.restart(0);
  if (keeper.pid() === null) throw new Error(keeper.faults.at(-1) ?? `${options.name} did not start`);
  return keeper;
}
